import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import type { Facts } from './facts.ts';
import { decide } from './plan.ts';
import { decideRemoval } from './removal.ts';
import { makeSettings } from './settings.ts';

const { account, service, region } = VALID_ENVIRONMENT;
const settings = makeSettings(
  [{ ...VALID_ENVIRONMENT, name: 'trial' }],
  { account, service },
  { github: 'acme/models' },
  [],
);
const OURS = { kind: 'ours' } as const;
const BUCKET = { kind: 'there', region, isEmpty: false, owner: OURS } as const;
const EMPTY: Facts = {
  ...{ bucket: { kind: 'missing' }, state: null, deletedState: null, leftoverState: null, lock: null },
  ...{ models: { kind: 'missing' }, provider: null, named: {} },
};

const stateWith = (serial: number, lineage = 'one', instance: object = {}): string =>
  JSON.stringify({
    ...{ version: 4, lineage, serial, outputs: {} },
    resources: [
      { mode: 'managed', type: 'aws_s3_bucket', name: 'state', instances: [instance] },
      { mode: 'managed', type: 'aws_iam_role', name: 'plan', instances: [{}] },
    ],
  });
const kinds = (facts: Facts): readonly string[] => decide(settings, facts).steps.map(({ kind }) => kind);

describe('decide', () => {
  it('makes the bucket, then all the rest, and writes the settings last', () => {
    expect(kinds(EMPTY)).toEqual(['make-state-bucket', 'apply', 'write-settings']);
    expect(decide(settings, EMPTY).imports).toEqual([]);
  });

  it('applies the state in the bucket, and imports nothing that the state has', () => {
    const facts = { ...EMPTY, bucket: BUCKET, state: stateWith(3), named: { 'aws_iam_role.plan': OURS } };
    expect(kinds(facts)).toEqual(['apply', 'write-settings']);
    expect(decide(settings, facts)).toMatchObject({ imports: [], state: { kind: 'bucket' } });
  });

  it.each([
    ['there is none in the bucket', null, ['make-state-bucket', 'put-state', 'apply', 'write-settings', 'remove-file']],
    ['the one in the bucket is older', stateWith(1), ['put-state', 'apply', 'write-settings', 'remove-file']],
    ['the one in the bucket is newer', stateWith(3), ['apply', 'write-settings', 'remove-file']],
  ])('moves a leftover state where %s', (_, state, expected) => {
    const leftoverState = { file: '/checkout/x.tfstate', text: stateWith(2) };
    expect(kinds({ ...EMPTY, bucket: BUCKET, state, leftoverState })).toEqual(expected);
  });

  it('refuses a leftover state of another lineage', () => {
    const leftoverState = { file: '/checkout/x.tfstate', text: stateWith(2, 'another') };
    const facts = { ...EMPTY, bucket: BUCKET, state: stateWith(1), leftoverState };
    expect(() => decide(settings, facts)).toThrow('There are two states of scoring');
  });

  it('keeps a bucket that a failed run has tainted', () => {
    const state = stateWith(3, 'one', { status: 'tainted' });
    const [put] = decide(settings, { ...EMPTY, bucket: BUCKET, state }).steps;
    expect(put).toMatchObject({ kind: 'put-state', text: expect.not.stringContaining('tainted') as string });
    expect(decide(settings, { ...EMPTY, bucket: BUCKET, state }).stateText).toContain('1 unfinished resource kept');
  });

  it('adopts the role of a replay too', () => {
    const environments = { trial: { region, replay: true } } as const;
    const address = 'aws_iam_role.replay["trial"]';
    const { imports } = decide({ ...settings, environments }, { ...EMPTY, named: { [address]: OURS } });
    expect(imports).toEqual([{ to: address, id: 'scoring-trial-replay' }]);
  });

  it('refuses every foreign resource at once', () => {
    const foreign = { kind: 'foreign', found: 'no tags' } as const;
    const named = { 'aws_iam_role.plan': foreign, 'aws_ecr_repository.service[0]': foreign };
    const facts: Facts = { ...EMPTY, bucket: { kind: 'denied' }, named };
    expect(() => decide(settings, facts)).toThrow(
      /can't be read. Also: The role scoring-plan .*; The image repository scoring /,
    );
  });
});

describe('decideRemoval', () => {
  const NOTHING = { stateKeys: [], liveStates: [], hasImages: false, otherTrusts: [] };
  const KEPT = { mode: 'move', settingsFile: null } as const;
  const provider = { arn: 'arn:p', audiences: [], owner: OURS };
  const facts: Facts = {
    ...EMPTY,
    ...{ bucket: BUCKET, models: { ...BUCKET, isEmpty: true }, state: stateWith(3), provider },
    named: { 'aws_ecr_repository.service[0]': OURS },
  };

  it('destroys roles with Terraform, and deletes the state bucket last', () => {
    const { steps, left, state } = decideRemoval(settings, facts, NOTHING, {
      ...{ mode: 'destroy', settingsFile: '/checkout/settings.json' },
    });
    expect(steps.map(({ kind }) => kind)).toEqual([
      ...['put-state', 'destroy', 'delete-repository', 'delete-bucket', 'delete-provider', 'delete-bucket'],
      'remove-file',
    ]);
    expect(left).toEqual([]);
    expect(state).not.toContain('aws_s3_bucket');
  });

  it('leaves what is in use, and tells why', () => {
    const contents = {
      ...NOTHING,
      hasImages: true,
      otherTrusts: ['ci'],
      stateKeys: ['ledger/scoring/trial/00000001.json'],
    };
    const models = { ...BUCKET, isEmpty: false };
    const { steps, left } = decideRemoval(settings, { ...facts, models }, contents, {
      ...{ mode: 'destroy', settingsFile: null },
    });
    expect(steps.map(({ kind }) => kind)).toEqual(['put-state', 'destroy']);
    expect(left.map((each) => each.replace(/.*: /, ''))).toEqual([
      'it has images',
      'it has models, or versions of them',
      'roles outside the service trust it, such as ci',
      'it has records of deployments, such as ledger/scoring/trial/00000001.json',
    ]);
  });

  it('keeps the OIDC provider and the settings file in a move', () => {
    const { steps, left } = decideRemoval(settings, facts, { ...NOTHING, otherTrusts: ['ci'] }, KEPT);
    expect(steps.map(({ kind }) => kind)).not.toContain('delete-provider');
    expect(steps.map(({ kind }) => kind)).not.toContain('remove-file');
    expect(left).toEqual([]);
  });

  it('leaves a state bucket of somebody else', () => {
    const bucket = { ...BUCKET, owner: { kind: 'foreign', found: 'the tags Team=data' } } as const;
    const { steps, left } = decideRemoval(settings, { ...EMPTY, bucket }, NOTHING, KEPT);
    expect(steps).toEqual([]);
    expect(left).toEqual([`bucket scoring-${account}-state: it has the tags Team=data`]);
  });

  it.each(['bucket', 'models'])('refuses where S3 denies the %s', (name) => {
    const denied = { ...facts, [name]: { kind: 'denied' } };
    expect(() => decideRemoval(settings, denied, NOTHING, KEPT)).toThrow("can't be read");
  });

  it('refuses while the state is lost', () => {
    const named = { 'aws_iam_role.plan': OURS };
    expect(() => decideRemoval(settings, { ...facts, state: null, named }, NOTHING, KEPT)).toThrow(
      'Run `npm run bootstrap` first',
    );
  });
});
