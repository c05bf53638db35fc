import { expect, it } from 'vitest';
import { parsePlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import type { RolePolicies } from './facts.ts';
import { makeSettings } from './settings.ts';
import { summarise, type Summary } from './summary.ts';

const { account, service } = VALID_ENVIRONMENT;
const environments = [{ ...VALID_ENVIRONMENT, name: 'trial' }];
const settings = makeSettings(environments, { account, service }, { github: 'acme/models' }, []);

interface Planned {
  readonly type: string;
  readonly action: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly isImported?: boolean;
}

function summaryOf(planned: readonly Planned[], rolePolicies: readonly RolePolicies[] = []): Summary {
  const changes = planned.map(({ type, action, before, after, isImported }, index) => ({
    ...{ address: `${type}.a${String(index)}`, mode: 'managed', type, name: 'a', provider_name: 'aws' },
    change: {
      ...{ actions: [action], before, after, before_sensitive: {}, after_sensitive: {} },
      ...(isImported === true && { importing: { id: 'x' } }),
    },
  }));
  const text = JSON.stringify({ format_version: '1.2', terraform_version: '1.11.0', resource_changes: changes });
  const decision = { settings, state: { kind: 'bucket' }, imports: [], steps: [], stateText: '', notes: [] } as const;
  return summarise({ ...decision, rolePolicies }, parsePlanJson(text), { file: 'x', isCurrent: true });
}

const bucket = { bucket: 'scoring-state' };
const policy = { type: 'aws_s3_bucket_policy', before: { ...bucket, policy: 'theirs' }, after: bucket } as const;

it('needs a flag to overwrite settings of what it adopts, and names them', () => {
  const repository = { repository: 'scoring', policy: 'theirs' };
  const { lines, needs, dangers } = summaryOf([
    { ...policy, action: 'update', isImported: true },
    { type: 'aws_ecr_lifecycle_policy', action: 'update', isImported: true, before: repository, after: repository },
  ]);
  expect(lines).toContain('  overwrite policy of bucket scoring-state; lifecycle policy of image repository scoring');
  expect(needs).toEqual(['allow-destroy']);
  expect(dangers).toEqual([
    'overwrite the policy of bucket scoring-state',
    'overwrite the lifecycle policy of image repository scoring',
  ]);
});

it('needs none for a setting that is as it should be, or that the state has', () => {
  expect(summaryOf([{ ...policy, action: 'no-op', isImported: true }]).needs).toEqual([]);
  expect(summaryOf([{ ...policy, action: 'update' }]).needs).toEqual([]);
});

const ROLE = { name: 'scoring-plan' };
const ATTACHMENT = { role: 'scoring-plan', policy_arn: 'arn:read' };
const role = (action: string, isImported: boolean): readonly Planned[] => [
  { type: 'aws_iam_role', action, before: ROLE, after: ROLE, isImported },
  { type: 'aws_iam_role_policy', action: 'create', before: null, after: { role: 'scoring-plan', name: 'ledgers' } },
  { type: 'aws_iam_role_policy_attachment', action: 'no-op', before: ATTACHMENT, after: ATTACHMENT },
];
const found = { role: 'scoring-plan', inline: ['ledgers', 'hand-made'], attached: ['arn:read', 'arn:admin'] };
const KEPT = 'scoring-plan keeps policies that are not of this configuration: hand-made (inline), arn:admin';

it('needs a flag to trust a role that is adopted with policies of somebody else', () => {
  const { lines, needs, dangers } = summaryOf(role('no-op', true), [found]);
  expect(lines).toContain(`  policies  ${KEPT}`);
  expect([needs, dangers]).toEqual([['allow-trust-change'], [KEPT]]);
});

it('tells of such policies on a role that the state has', () => {
  const { lines, needs } = summaryOf(role('no-op', false), [found]);
  expect(lines).toContain(`  policies  ${KEPT}`);
  expect(needs).toEqual([]);
});

it('says nothing of the policies of a role that is replaced, or that has those of the plan alone', () => {
  const known = { ...found, inline: ['ledgers'], attached: ['arn:read'] };
  for (const { lines } of [summaryOf(role('delete', false), [found]), summaryOf(role('no-op', true), [known])]) {
    expect(lines.join()).not.toContain('keeps policies');
  }
});
