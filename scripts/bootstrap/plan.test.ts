import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { namedResources, type Facts } from './facts.ts';
import { decide } from './plan.ts';
import { decideRemoval, factsAfterRemoval } from './removal.ts';
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
  ...{
    models: { kind: 'missing' },
    networks: [],
    settings: [],
    rolePolicies: [],
    provider: null,
    named: {},
    unwanted: [],
    githubRoles: [],
  },
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

  it('adopts a network that is in no state, after it has closed its groups', () => {
    const address = 'module.network[0].aws_security_group.containers';
    const openRules = [{ id: 'sgr-1', group: 'sg-1', address }];
    const networks = [{ vpc: 'vpc-1', cidrBlock: '10.1.0.0/20', resources: [{ to: address, id: 'sg-1' }], openRules }];
    const network = { cidr_block: '10.1.0.0/20' };
    const { steps, imports, notes } = decide({ ...settings, network }, { ...EMPTY, networks });
    expect(steps.map(({ kind }) => kind)).toEqual(['make-state-bucket', 'revoke-egress', 'apply', 'write-settings']);
    expect(imports).toEqual([{ to: address, id: 'sg-1' }]);
    expect(notes).toEqual([['revoke', 'the rule that lets all traffic out of sg-1']]);
  });

  it('adopts the settings of what it adopts, and none that the state has', () => {
    const policy = { to: 'aws_s3_bucket_policy.state', id: `scoring-${account}-state` };
    const facts = { ...EMPTY, bucket: BUCKET, settings: [policy] };
    expect(decide(settings, facts).imports).toContainEqual(policy);
    const state = stateWith(1).replace('"aws_iam_role","name":"plan"', '"aws_s3_bucket_policy","name":"state"');
    expect(decide(settings, { ...facts, state }).imports).toEqual([]);
  });

  it('adopts the role of a replay too', () => {
    const environments = { trial: { region, replay: true } } as const;
    const address = 'aws_iam_role.replay["trial"]';
    const { imports } = decide({ ...settings, environments }, { ...EMPTY, named: { [address]: OURS } });
    expect(imports).toEqual([{ to: address, id: 'scoring-trial-replay' }]);
  });

  it('deletes the roles of an environment that has left, unless the state has them', () => {
    const gone = namedResources({ ...settings, environments: { old: { region } } }, 'aws');
    const unwanted = gone.filter(({ name }) => name.startsWith('scoring-old-'));
    expect(decide(settings, { ...EMPTY, unwanted }).steps.slice(2)).toEqual([
      { kind: 'delete-role', name: 'scoring-old-apply' },
      { kind: 'delete-role', name: 'scoring-old-deploy' },
      { kind: 'delete-policy', name: 'scoring-old-read', arn: `arn:aws:iam::${account}:policy/scoring-old-read` },
      { kind: 'write-settings' },
    ]);
    const [plan] = namedResources(settings, 'aws');
    const facts: Facts = { ...EMPTY, bucket: BUCKET, state: stateWith(3), unwanted: plan === undefined ? [] : [plan] };
    expect(kinds(facts)).toEqual(['apply', 'write-settings']);
  });

  const repository = { named: { 'aws_ecr_repository.service[0]': OURS } };
  const models = JSON.stringify({
    ...{ lineage: 'one', serial: 3 },
    resources: [{ mode: 'managed', type: 'aws_s3_bucket', name: 'models', instances: [{ index_key: 0 }] }],
  });
  it.each<[string, Partial<Facts>, string]>([
    ['the image repository is there', repository, 'image repository scoring'],
    ['the model bucket is there', { models: BUCKET }, `bucket scoring-${account}-models`],
    ['the state has the model bucket', { bucket: BUCKET, state: models }, `bucket scoring-${account}-models`],
  ])('refuses another account for the artifacts where %s', (_, found, named) => {
    const elsewhere = { ...settings, artifacts: null, artifacts_account: '321098765432' };
    expect(() => decide(elsewhere, { ...EMPTY, ...found })).toThrow(`found:    ${named}`);
    expect(kinds({ ...EMPTY, ...found })).toContain('apply');
  });

  it('ignores a bucket with the name of a model bucket that another account has', () => {
    const elsewhere = { ...settings, artifacts: null, artifacts_account: '321098765432' };
    expect(decide(elsewhere, { ...EMPTY, models: { kind: 'denied' } }).imports).toEqual([]);
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
  const NOTHING = {
    stateKeys: [],
    liveStates: [],
    deletedStates: [],
    hasImages: false,
    otherTrusts: [],
    nextOwner: null,
  };
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

  it('refuses while a state was deleted that had resources, and tells how to restore it', () => {
    const deletedStates = [{ key: 'scoring/trial/terraform.tfstate', marker: 'v2' }];
    expect(() => decideRemoval(settings, facts, { ...NOTHING, deletedStates }, KEPT)).toThrow(
      `delete-object --bucket scoring-${account}-state --key scoring/trial/terraform.tfstate --version-id v2.`,
    );
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

  const TAKEN_OUT = { mode: 'destroy', settingsFile: null } as const;
  const stepsOf = (found: Facts, contents = NOTHING): readonly string[] =>
    decideRemoval(settings, found, contents, TAKEN_OUT).steps.map(({ kind }) => kind);

  it('finds nothing to do where it has taken the service out', () => {
    expect(decideRemoval(settings, EMPTY, NOTHING, TAKEN_OUT)).toEqual({ steps: [], left: [], state: null });
  });

  it('deletes roles and policies itself where the state is lost', () => {
    const named = { 'aws_iam_role.plan': OURS, 'aws_iam_policy.execution_boundary': OURS };
    const networks = [{ vpc: 'vpc-1', cidrBlock: '10.1.0.0/20', resources: [], openRules: [] }];
    const { steps, left, state } = decideRemoval(settings, { ...EMPTY, named, networks }, NOTHING, TAKEN_OUT);
    expect(steps.map(({ kind }) => kind)).toEqual(['delete-role', 'delete-policy']);
    expect(left).toEqual([expect.stringContaining('network vpc-1 (10.1.0.0/20): it is in no state')]);
    expect(state).toBeNull();
  });

  it.each<[string, Partial<Facts>, readonly string[]]>([
    ['a deleted version', { deletedState: { text: stateWith(3), date: '2026-01-31' } }, []],
    ['a leftover file', { leftoverState: { text: stateWith(3), file: 'x.tfstate' } }, ['remove-file']],
  ])('takes the state from %s', (_, found, more) => {
    const named = { 'aws_iam_role.plan': OURS };
    const steps = stepsOf({ ...EMPTY, bucket: BUCKET, named, ...found });
    expect(steps).toEqual(['put-state', 'destroy', 'delete-bucket', ...more]);
  });

  it('keeps a network of which the state has a part from Terraform', () => {
    const module = 'module.network[0]';
    const vpc = { attributes: { id: 'vpc-1' } };
    const state = JSON.stringify({
      ...{ lineage: 'one', serial: 1 },
      resources: [{ module, mode: 'managed', type: 'aws_vpc', name: 'this', instances: [vpc] }],
    });
    const resources = [
      { to: `${module}.aws_vpc.this`, id: 'vpc-1' },
      { to: `${module}.aws_vpc_endpoint.s3`, id: 'vpce-1' },
    ];
    const networks = [{ vpc: 'vpc-1', cidrBlock: '10.1.0.0/20', resources, openRules: [] }];
    const found = { ...EMPTY, bucket: BUCKET, state };
    expect(decideRemoval(settings, found, NOTHING, TAKEN_OUT).state).toContain('vpc-1');
    const { state: rest, left } = decideRemoval(settings, { ...found, networks }, NOTHING, TAKEN_OUT);
    expect([rest, left]).toEqual([null, [expect.stringContaining('vpce-1 in no state')]]);
  });

  it('does not ask Terraform to destroy what it does not destroy', () => {
    const state = stateWith(3).replace('aws_iam_role', 'aws_s3_bucket');
    expect(stepsOf({ ...EMPTY, bucket: BUCKET, state })).toEqual(['put-state', 'delete-bucket']);
  });

  it('hands the OIDC provider over to a service that uses it', () => {
    const contents = { ...NOTHING, otherTrusts: ['labelling-plan'], nextOwner: 'labelling' };
    const { steps, left } = decideRemoval(settings, { ...EMPTY, provider }, contents, TAKEN_OUT);
    expect(steps).toEqual([{ kind: 'retag-provider', arn: 'arn:p', service: 'labelling' }]);
    expect(left).toEqual(['arn:p: labelling uses it, and owns it from then on']);
  });

  it('names the command for a provider of others that no role trusts any more', () => {
    const owner = { kind: 'foreign', found: 'the tags Service=gone' } as const;
    const leftOf = (otherTrusts: readonly string[]): string =>
      decideRemoval(
        settings,
        { ...EMPTY, provider: { ...provider, owner } },
        { ...NOTHING, otherTrusts },
        TAKEN_OUT,
      ).left.join();
    expect(leftOf([])).toContain('aws iam delete-open-id-connect-provider --open-id-connect-provider-arn arn:p');
    expect(leftOf(['ci'])).toBe('arn:p: made elsewhere, with the tags Service=gone');
  });

  it('plans the second half of a move for what the first half leaves', () => {
    const { steps, settings: after, imports } = decide(settings, factsAfterRemoval({ ...facts, githubRoles: [] }));
    expect(steps.map(({ kind }) => kind)).toEqual(['make-state-bucket', 'apply', 'write-settings']);
    expect(imports).toEqual([{ to: 'aws_iam_openid_connect_provider.github[0]', id: 'arn:p' }]);
    expect(after.oidc_provider_arn).toBeNull();
  });
});
