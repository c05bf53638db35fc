import { isSettled, type EndpointView } from '../lib/domain/endpoint/endpoint.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig } from '../lib/domain/environment/names.ts';
import { describeError, UserError } from '../lib/domain/errors/user-error.ts';
import { NO_HISTORY, type History } from '../lib/domain/ledger/history.ts';
import { chooseRollbackTarget, isStillWanted, releaseToLeave } from '../lib/domain/ledger/rollback-target.ts';
import { isExplained, rejectionOf, smokeCasesOf } from '../lib/domain/ledger/standing.ts';
import { findRelease, type ReleaseFile, type ReleaseId } from '../lib/domain/release/release.ts';
import { smokeFileSchema, type SmokeFile } from '../lib/domain/smoke/cases.ts';
import { checkOneVariant } from '../lib/domain/swap/one-variant.ts';
import type { SwapResult } from '../lib/domain/swap/result.ts';
import { abortUpdate } from '../lib/operations/abort-update.ts';
import { swapRelease, type SwapPorts } from '../lib/operations/swap-release.ts';
import type { RollbackEndpointInputs } from './inputs.ts';

export interface RollbackEndpointSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  /** Reads the smoke cases of the checkout, where no facts have those of the target. */
  readonly readSmokeFile: () => Promise<SmokeFile>;
}

type Inputs = Pick<
  RollbackEndpointInputs,
  'release' | 'reason' | 'force' | 'leaves' | 'in-flight' | 'poll-interval-seconds' | 'heartbeat-seconds'
>;

/**
 * Takes the endpoint of an environment back to a release that was verified before, and verifies it again.
 *
 * @throws UserError when there is no release to go back to, what was to be left is gone, or it is refused before anything
 * is touched.
 */
export async function runRollbackEndpoint(
  inputs: Inputs,
  { environment, releaseFile, readSmokeFile }: RollbackEndpointSubject,
  ports: SwapPorts,
): Promise<SwapResult> {
  const endpoint = await ports.endpoints.describe(endpointName(environment));
  const warnings: string[] = [];
  const history = await readLedger(inputs, environment, ports, warnings);
  const known = history ?? NO_HISTORY;
  const isByHand =
    endpoint !== undefined && isSettled(endpoint) && !isExplained(endpoint.configName, known, environment);
  if (isByHand && inputs.release === undefined) {
    checkOneVariant(endpoint);
    throw servesUnexplained(environment, endpoint);
  }
  const leaves = leavesOf(inputs.leaves, environment, endpoint, known, ports);
  const target = chooseRollbackTarget({
    environment,
    asked: inputs.release,
    force: inputs.force,
    leaves,
    history,
    declared: Object.keys(releaseFile.releases),
  });
  const release = findRelease(releaseFile, target.release);
  if (release === undefined) throw new Error(`release ${target.release} was chosen although it is not declared`);
  if (inputs.release === undefined && endpoint !== undefined) {
    const subject = { leaves, target: release.id };
    if (!isStillWanted(environment, endpoint, subject)) throw goneAlready(environment, endpoint, subject);
    if (
      leaves !== null &&
      endpoint.pending === null &&
      endpoint.configName === endpointConfigName(environment, release.id)
    ) {
      warnings.push(
        `release ${leaves}, which this rollback was to leave, is gone already; nothing had to be swapped. To leave ${release.id}, dispatch the rollback again`,
      );
    }
  }
  ports.reporter.info(
    `rolling ${environment.name} back to release ${release.id} (${release.spec.image}): ${inputs.reason}`,
  );
  if (
    inputs['in-flight'] === 'abort' &&
    endpoint?.pending?.configName !== endpointConfigName(environment, release.id)
  ) {
    await abortUpdate(environment, ports);
  }
  return await swapRelease(
    {
      task: 'rollback',
      environment,
      releaseFile,
      release,
      smokeFile: await casesOf(release.id, known, readSmokeFile, warnings),
      history: known,
      leaves: leftBy(release.id, leaves, environment, known),
      accepts: target.accepts,
      acceptsServing: null,
      reason: inputs.reason,
      // A rollback waits for no proof: what it goes back to has served.
      provenance: null,
      pace: {
        pollMilliseconds: inputs['poll-interval-seconds'],
        heartbeatMilliseconds: inputs['heartbeat-seconds'],
      },
      warnings: [...warnings, ...target.warnings],
    },
    ports,
  );
}

/** The ledger, or undefined where it can't be read and a release is named, which needs none. */
async function readLedger(
  { release }: Inputs,
  environment: Environment,
  { ledger }: SwapPorts,
  warnings: string[],
): Promise<History | undefined> {
  try {
    const history = await ledger.read();
    if (history.damage !== null) warnings.push(`the ledger is not whole: ${history.damage}`);
    return history;
  } catch (error) {
    if (release === undefined) {
      throw new UserError({
        what: 'The ledger of verified releases could not be read',
        where: `the ledger of ${environment.name}`,
        found: describeError(error),
        remedy: 'Name the release to go back to with "release": that needs no ledger.',
        cause: error,
      });
    }
    warnings.push(
      `the ledger could not be read, so that nothing says whether ${release} was verified: ${describeError(error)}`,
    );
    return undefined;
  }
}

/** What is left: as it was fixed when the rollback was dispatched, else as this run finds it. */
function leavesOf(
  fixed: Inputs['leaves'],
  environment: Environment,
  endpoint: EndpointView | undefined,
  history: History,
  { clock }: SwapPorts,
): ReleaseId | null {
  if (fixed !== undefined) return fixed === 'none' ? null : fixed;
  return endpoint === undefined ? null : releaseToLeave(environment, endpoint, history, clock.now());
}

/**
 * What going to a release leaves, which is then rejected. To take an earlier rollback back says nothing against what serves.
 * Where the release serves already, somebody went to it by hand, from what the newest attempt had brought.
 */
function leftBy(
  release: ReleaseId,
  leaves: ReleaseId | null,
  environment: Environment,
  history: History,
): ReleaseId | null {
  if (rejectionOf(release, history, environment)?.kind === 'left') return null;
  if (leaves !== release) return leaves;
  const brought = releaseIdOfConfig(environment, history.attempts[0]?.ended?.serves ?? '');
  return brought === undefined || brought === release ? null : brought;
}

/** The smoke cases that a release was deployed with: those of now may ask what only a newer model knows. */
async function casesOf(
  release: ReleaseId,
  history: History,
  readSmokeFile: () => Promise<SmokeFile>,
  warnings: string[],
): Promise<SmokeFile | null> {
  const kept = smokeFileSchema.safeParse(smokeCasesOf(release, history)).data;
  if (kept !== undefined) return kept;
  try {
    return await readSmokeFile();
  } catch (error) {
    warnings.push(
      `release ${release} can't be asked anything, as there are no smoke cases for it: ${describeError(error)}`,
    );
    return null;
  }
}

function servesUnexplained(environment: Environment, endpoint: EndpointView): UserError {
  return new UserError({
    what: `Nothing says why ${endpoint.configName} serves, so that it can't be told where ${environment.name} was`,
    where: `endpoint ${endpoint.name}`,
    expected: 'what the newest attempt in the ledger left',
    found: `${endpoint.configName}, which somebody went to by hand`,
    remedy: 'Name the release to go to with "release". To confirm what was done by hand, name the release that serves.',
  });
}

function goneAlready(
  environment: Environment,
  endpoint: EndpointView,
  { leaves, target }: { readonly leaves: ReleaseId | null; readonly target: ReleaseId },
): UserError {
  return new UserError({
    what: `Release ${String(leaves)}, which this rollback was to leave, is gone already; nothing was changed`,
    where: `endpoint ${endpoint.name}`,
    expected: `${endpointConfigName(environment, leaves ?? '')} in service, or coming in`,
    found: `${endpoint.configName} in service`,
    remedy: `Look at what serves now. To leave that, dispatch the rollback again; to go to ${target} all the same, name it with "release".`,
  });
}
