import { expect, it } from 'vitest';
import { parsePlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { makeSettings } from './settings.ts';
import { summarise, summariseRemoval } from './summary.ts';

const { account, service } = VALID_ENVIRONMENT;
const environments = [{ ...VALID_ENVIRONMENT, name: 'trial' }];
const settings = makeSettings(environments, { account, service }, { github: 'acme/models' }, []);
const statement = {
  ...{ Sid: 'GitHub', Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' },
  Principal: { Federated: 'arn:p' },
  Condition: { StringEquals: { 'token:sub': ['repo:acme/models:ref:refs/heads/main'] } },
};

/** The flags that a change of a role's trust needs. */
function flagsFor(
  before: readonly object[],
  { boundary = '', after = [statement] }: { readonly boundary?: string; readonly after?: readonly object[] } = {},
): readonly string[] {
  const [from, to] = [before, after].map((Statement, index) => ({
    ...{ name: 'scoring-trial-deploy', assume_role_policy: JSON.stringify({ Statement }) },
    permissions_boundary: index === 0 ? boundary : '',
  }));
  const plan = parsePlanJson(
    JSON.stringify({
      ...{ format_version: '1.2', terraform_version: '1.11.0' },
      resource_changes: [
        {
          ...{ address: 'aws_iam_role.deploy', mode: 'managed', type: 'aws_iam_role', name: 'deploy' },
          ...{ provider_name: 'registry.terraform.io/hashicorp/aws' },
          change: { actions: ['update'], before: from, after: to, before_sensitive: {}, after_sensitive: {} },
        },
      ],
    }),
  );
  const decision = {
    settings,
    state: { kind: 'bucket' },
    imports: [],
    steps: [],
    stateText: '',
    notes: [],
    rolePolicies: [],
  } as const;
  const { needs } = summarise(decision, plan, { file: 'x', isCurrent: true });
  return needs;
}

it('needs a flag to allow again what somebody has denied', () => {
  expect(flagsFor([{ ...statement, Effect: 'Deny' }])).toEqual(['allow-trust-change']);
});

it('needs a flag to let somebody in where nobody was', () => {
  expect(flagsFor([])).toEqual(['allow-trust-change']);
});

it('needs a flag for other actions and for another provider', () => {
  expect(flagsFor([{ ...statement, Action: 'sts:AssumeRole' }])).toEqual(['allow-trust-change']);
  expect(flagsFor([{ ...statement, Principal: { Federated: 'arn:q' } }])).toEqual(['allow-trust-change']);
});

it('needs a flag to remove a permissions boundary that somebody has put on a role', () => {
  const boundary = 'arn:aws:iam::210987654321:policy/limit';
  expect(flagsFor([statement], { boundary })).toEqual(['allow-trust-change']);
});

it('needs a flag for conditions that change places between statements', () => {
  const other = {
    ...statement,
    Action: 'sts:TagSession',
    Condition: { StringEquals: { 'token:ref': 'refs/heads/x' } },
  };
  const exchanged = [
    { ...statement, Condition: other.Condition },
    { ...other, Condition: statement.Condition },
  ];
  expect(flagsFor(exchanged, { after: [statement, other] })).toEqual(['allow-trust-change']);
});

it('shows both halves of a move before the first, with the flags for both', () => {
  const then = { lines: ['the second half'], changes: true, needs: ['allow-trust-change'], dangers: ['x'] } as const;
  const removal = { steps: [{ kind: 'delete-bucket', bucket: 'b' }], left: [], state: null } as const;
  const { lines, needs } = summariseRemoval(settings, removal, null, then);
  expect(lines.slice(-2)).toEqual(['and then', 'the second half']);
  expect(needs).toEqual(['allow-trust-change']);
});

it('needs a flag to delete a role that is in no state', () => {
  const plan = parsePlanJson(JSON.stringify({ format_version: '1.2', terraform_version: '1.11.0' }));
  const steps = [{ kind: 'delete-role', name: 'scoring-old-apply' }] as const;
  const decision = {
    settings,
    state: { kind: 'bucket' },
    imports: [],
    steps,
    stateText: '',
    notes: [],
    rolePolicies: [],
  } as const;
  const { lines, needs, dangers } = summarise(decision, plan, { file: 'x', isCurrent: true });
  expect(lines).toContain('  delete    role scoring-old-apply: neither in the settings nor in the state');
  expect([needs, dangers]).toEqual([['allow-destroy'], ['delete role scoring-old-apply']]);
});

it('needs none for the same trust in other words', () => {
  const { Effect, Action, Principal, Condition } = statement;
  expect(flagsFor([{ Condition, Principal, Action: [Action], Effect, Sid: 'Other' }])).toEqual([]);
});
