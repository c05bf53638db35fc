import { UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { begunFact } from '../harness/declare.ts';
import { endpointName } from '../../../../actions/lib/domain/environment/names.ts';
import { OLD_COMMIT, type RunOptions } from '../harness/run-use-case.ts';
import type { MatrixFixture, ReleaseName } from '../harness/fixture.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';
import { mixTwoConfigs } from './update.ts';

const rollback = { action: 'rollback' } as const;
const wrong = { answers: { green: { weights: [0.5, -1, 2] } } } as const;
const backOnBlue = { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 } as const;
const held = { outcome: 'held', serves: 'blue', deployment: 'success', updates: 2 } as const;

/** A rollback whose release to leave was fixed when it was dispatched. */
const leaving =
  (release: ReleaseName, options: RunOptions = {}) =>
  ({ releases }: MatrixFixture): RunOptions => ({ ...rollback, leaves: releases[release].id, ...options });
const going =
  (release: ReleaseName, options: RunOptions = {}) =>
  ({ releases }: MatrixFixture): RunOptions => ({ ...rollback, release: releases[release].id, ...options });
const deploying =
  (release: ReleaseName, options: RunOptions = {}) =>
  ({ releases }: MatrixFixture): RunOptions => ({ release: releases[release].id, ...options });

/** Somebody swaps the endpoint without the workflows. */
async function swapByHand({ sagemaker, environment, configName, time }: MatrixFixture, release: ReleaseName) {
  await sagemaker.send(
    new UpdateEndpointCommand({ EndpointName: endpointName(environment), EndpointConfigName: configName(release) }),
  );
  await time.advance(1_200_000);
}

const refusedByAws = {
  kind: 'api-error',
  operation: 'UpdateEndpoint',
  code: 'AccessDeniedException',
  status: 400,
} as const;

/** What a person wanted to leave is fixed when the rollback is dispatched. */
export const dispatchRows: readonly Row[] = [
  {
    fault: 'two people dispatch a rollback of green at once: the second changes nothing',
    runs: [{}, leaving('green'), leaving('green')],
    ends: backOnBlue,
    says: /which this rollback was to leave, is gone already/,
  },
  withoutProbes({
    fault: 'green fails and goes back by itself, and a rollback dispatched meanwhile comes after it',
    fixture: wrong,
    runs: [{}, leaving('green')],
    ends: backOnBlue,
    says: /is gone already/,
  }),
  {
    fault: 'green is gone, and another release serves that the person has not seen',
    runs: [{}, deploying('old'), leaving('green')],
    ends: { outcome: 'refused', serves: 'old', deployment: 'success', updates: 2 },
    says: /is gone already; nothing was changed/,
  },
  {
    fault: 'green is gone and another release serves, and the release to go to is named',
    runs: [
      {},
      deploying('old'),
      ({ releases }) => ({ ...rollback, leaves: releases.green.id, release: releases.blue.id }),
    ],
    ends: { ...backOnBlue, updates: 3 },
  },
  {
    fault: 'a second rollback while the first one is in flight: both leave the same release',
    runs: [{}, { ...rollback, disturbance: { in: 'updating', what: 'SIGKILL' } }, rollback],
    ends: backOnBlue,
  },
  {
    fault: 'a rollback was killed before it asked SageMaker: the next one leaves the same release',
    runs: [{}, { ...rollback, disturbance: { in: 'requesting', what: 'SIGKILL' } }, rollback],
    ends: backOnBlue,
  },
  {
    fault: 'a rollback of blue, which two releases came before: the one right before it',
    runs: [{}, rollback, leaving('blue')],
    ends: { ...backOnBlue, serves: 'old', updates: 3 },
  },
  {
    fault: 'an update and its rollback failed, and no release is named: the mix is left for blue',
    arrange: mixTwoConfigs,
    runs: [
      ({ aws }) => ({
        disturbance: { in: 'rolling-back', what: () => void aws.faults.inject({ ...refusedByAws, times: 1 }) },
      }),
      rollback,
    ],
    ends: backOnBlue,
  },
];

/** What the ledger makes of what happened before. */
export const ledgerRows: readonly Row[] = [
  {
    fault: 'AWS refused a rollback, which says nothing against the release that served: it is a target later',
    runs: [
      ({ aws }) => {
        aws.faults.inject({ ...refusedByAws, times: 1 });
        return rollback;
      },
      {},
      rollback,
    ],
    ends: backOnBlue,
  },
  {
    fault: 'a mistaken rollback was taken back by name: the next one goes to the same release',
    runs: [{}, rollback, going('green'), rollback],
    ends: { ...backOnBlue, updates: 4 },
  },
  {
    fault: 'the release is taken by name although a person rolled back from it',
    runs: [{}, rollback, going('green')],
    ends: { ...backOnBlue, serves: 'green', updates: 3 },
    says: /taken by name although a person rolled back/,
  },
  withoutProbes({
    fault: 'the release that is named failed here, and nothing is forced',
    fixture: wrong,
    runs: [{}, going('green')],
    ends: { outcome: 'refused', serves: 'blue', deployment: 'failure', updates: 2 },
    says: /failed here/,
  }),
  {
    fault: 'GitHub has a deployment of green with the status success, which no job of these workflows made',
    arrange: async ({ github, releases, environment }) => {
      await github.record({
        task: 'deploy',
        environment: environment.name,
        payload: { attempt: 1, release: releases.green.id, endpoint: endpointName(environment), runUrl: 'none' },
        statuses: [{ state: 'success', description: 'forged' }],
      });
    },
    runs: [going('green')],
    ends: { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 },
    says: /never verified/,
  },
  {
    fault: 'sixty attempts lie between: what was verified before them still counts',
    arrange: async ({ ledger, releases, configName }) => {
      for (let count = 0; count < 60; count += 1) {
        const attempt = await ledger.append(begunFact(releases.green, configName('blue'), releases.blue.id));
        const serves = configName('blue');
        const end = { outcome: 'refused', cause: 'preflight', verdict: 'none', serves, evidence: null } as const;
        await ledger.append({ kind: 'ended', attempt, ...end });
      }
    },
    runs: [rollback],
    ends: { ...backOnBlue, serves: 'old', updates: 1 },
  },
  {
    fault: 'the ledger is empty, as before its first attempt: a named release goes without force',
    fixture: { emptyLedger: true },
    runs: [going('old')],
    ends: { ...backOnBlue, serves: 'old', updates: 1 },
    says: /the ledger is empty/,
  },
  {
    fault: 'the ledger is empty, and no release is named',
    fixture: { emptyLedger: true },
    runs: [rollback],
    ends: { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 },
    says: /no release of production to roll back to/,
  },
  {
    fault: "smoke.json can't be read, and the target has cases of its own in the ledger",
    runs: [{}, deploying('old'), { ...rollback, smoke: null }],
    ends: { ...backOnBlue, serves: 'green', updates: 3 },
  },
  {
    fault: "smoke.json can't be read, and the ledger has no cases of the target",
    runs: [{ ...rollback, smoke: null }],
    ends: { outcome: 'inconclusive', serves: 'old', deployment: 'error', updates: 1 },
    says: /can't be asked anything/,
  },
  {
    fault: 'smoke.json asks what only a newer model knows: the target is asked its own cases',
    runs: [
      {},
      deploying('old'),
      ({ smoke }) => ({ ...rollback, smoke: { ...smoke, cases: smoke.cases.map(asNewer) } }),
    ],
    ends: { ...backOnBlue, serves: 'green', updates: 3 },
  },
  {
    fault: 'smoke.json changed after the release was verified: it counts from the next release on',
    runs: [{}, ({ smoke }) => ({ smoke: { ...smoke, cases: smoke.cases.map(asNewer) } })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  {
    fault: 'a recheck with wrong cases failed: a rollback by name asks those that the release passed before',
    runs: [
      {},
      ({ smoke }) => ({ recheck: true, smoke: { ...smoke, cases: smoke.cases.map(asNewer) } }),
      deploying('old'),
      going('green', { force: true }),
    ],
    ends: { ...backOnBlue, serves: 'green', updates: 3 },
  },
  {
    fault: 'smoke.json changed after the release was verified, and a recheck asks it now',
    runs: [{}, ({ smoke }) => ({ recheck: true, smoke: { ...smoke, cases: smoke.cases.map(asNewer) } })],
    ends: { outcome: 'stuck', serves: 'green', deployment: 'error', updates: 1 },
    says: /the smoke test failed/,
  },
];

function asNewer<Case extends { readonly expect: object }>(smoke: Case): Case {
  return { ...smoke, expect: { ...smoke.expect, status: [204] } };
}

/** After a rollback and after a failure, routing is held until a person says otherwise. */
export const holdRows: readonly Row[] = [
  {
    fault: 'after a rollback: a commit that was on main before it',
    runs: [{}, rollback, { commit: OLD_COMMIT }],
    ends: held,
    says: /a person rolled back to release/,
  },
  {
    fault: 'after a rollback: a later commit that still names the release that was left',
    runs: [{}, rollback, {}],
    ends: held,
  },
  {
    fault: 'after a rollback: a commit from before it that names a third release',
    runs: [{}, rollback, deploying('old', { commit: OLD_COMMIT })],
    ends: held,
    says: /this commit was on the main branch before it/,
  },
  {
    fault: 'after a rollback: a later commit that names another release',
    runs: [{}, rollback, deploying('old')],
    ends: { outcome: 'promoted', serves: 'old', deployment: 'success', updates: 3 },
  },
  {
    fault: 'after a rollback: a commit that names the release that was rolled back to',
    runs: [{}, rollback, deploying('blue', { commit: OLD_COMMIT })],
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 },
  },
  {
    fault: 'after a rollback: the release that was left, accepted by name',
    runs: [{}, rollback, ({ releases }) => ({ acceptRejected: releases.green.id })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 3 },
  },
  {
    fault: 'after a rollback: another release than the one to deploy is accepted by name',
    runs: [{}, rollback, ({ releases }) => ({ acceptRejected: releases.old.id })],
    ends: held,
  },
  {
    fault: 'a rollback was killed, and a deployment of what it left comes first',
    runs: [{}, { ...rollback, disturbance: { in: 'verifying', what: 'SIGKILL' } }, {}],
    ends: { ...held, deployment: 'any' },
    says: /a person rolled back/,
  },
  withoutProbes({
    fault: 'green failed its smoke test, and is deployed again',
    fixture: wrong,
    runs: [{}, {}],
    ends: { ...held, deployment: 'failure' },
    says: /failed here .*the smoke test failed/,
  }),
  {
    fault: 'there was no capacity for green, and it is deployed again by name',
    arrange: ({ aws, configName }) => {
      aws.faults.inject({
        kind: 'launch-failure',
        configName: configName('green'),
        reason: 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.',
        times: 1,
      });
    },
    runs: [{}, ({ releases }) => ({ acceptRejected: releases.green.id })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 2 },
  },
  {
    fault: 'somebody swapped the endpoint by hand: a deployment waits for a name',
    arrange: async (fixture) => await swapByHand(fixture, 'old'),
    ends: { outcome: 'held', serves: 'old', deployment: null, updates: 1 },
    says: /changed outside the workflows/,
  },
  {
    fault: 'somebody swapped the endpoint by hand, and what serves is accepted by name',
    arrange: async (fixture) => await swapByHand(fixture, 'old'),
    runs: [({ releases }) => ({ acceptServing: releases.old.id })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 2 },
  },
  {
    fault: 'somebody swapped the endpoint by hand, and another release is accepted by name',
    arrange: async (fixture) => await swapByHand(fixture, 'old'),
    runs: [({ releases }) => ({ acceptServing: releases.blue.id })],
    ends: { outcome: 'held', serves: 'old', deployment: null, updates: 1 },
  },
  {
    fault: 'somebody swapped the endpoint by hand: a rollback has to name where it goes',
    arrange: async (fixture) => await swapByHand(fixture, 'old'),
    runs: [rollback],
    ends: { outcome: 'refused', serves: 'old', deployment: null, updates: 1 },
    says: /Nothing says why/,
  },
  {
    fault: 'somebody went back by hand while GitHub was down, and confirms it by name: what was left is rejected',
    runs: [
      {},
      async (fixture) => {
        await swapByHand(fixture, 'blue');
        return { ...rollback, release: fixture.releases.blue.id };
      },
      {},
    ],
    ends: held,
    says: /a person rolled back to release/,
  },
  {
    fault: 'somebody swapped the endpoint by hand: a rollback by name is not held',
    arrange: async (fixture) => await swapByHand(fixture, 'old'),
    runs: [going('blue')],
    ends: backOnBlue,
  },
];
