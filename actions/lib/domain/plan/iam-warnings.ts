import { callersOf, isScoped, isWideAction, isWideResource, namesCallers, principalsOf } from './iam-scope.ts';
import { isEmpty } from './diff.ts';
import { isGrant } from './iam-statements.ts';
import type { PlannedResource } from './plan-json.ts';
import { addedStatements, grantedBefore, textsOf } from './policy-documents.ts';
import { memberOf } from './redact.ts';
import { walk } from './walk.ts';

// AWS names its widest policies so: AdministratorAccess, PowerUserAccess, IAMFullAccess and those of a job or a service.
const WIDE_MANAGED_POLICY = /^arn:aws[\w-]*:iam::aws:policy\/.*(?:Administrator|PowerUser|FullAccess)/;

/** Wildcards in the statements that a change adds, and grants of the widest policies of AWS. */
export function wildcardFindings(resource: PlannedResource, account: string): readonly string[] {
  const findings = addedStatements(resource).flatMap((statement) => wildcardsOf(resource, statement, account));
  // A grant counts as a whole: the same policy for another principal is another grant.
  const before = isGrant(resource) ? undefined : grantedBefore(resource);
  walk(resource.change.after, before, (path, value) => {
    if (path.at(-1) === 'permissions_boundary' || typeof value !== 'string') return;
    if (WIDE_MANAGED_POLICY.test(value)) findings.push(`${value.split('/').at(-1) ?? value} is attached`);
  });
  return [...new Set(findings)];
}

function wildcardsOf(resource: PlannedResource, statement: unknown, account: string): readonly string[] {
  if (memberOf(statement, 'Effect') !== 'Allow') return [];
  const actions = textsOf(memberOf(statement, 'Action'));
  if (memberOf(statement, 'NotAction') !== undefined) return ['a statement allows everything but a list of actions'];
  if (isKeyOwner(resource, statement, account)) return [];
  const wide = actions.filter(isWideAction);
  if (wide.length > 0) return [`a statement allows ${wide.join(', ')}`];
  // The resource of a key policy is always "*": the key itself.
  if (resource.type.startsWith('aws_kms_')) return [];
  const everywhere =
    memberOf(statement, 'NotResource') === undefined
      ? textsOf(memberOf(statement, 'Resource')).find(isWideResource)
      : 'everything but a list of resources';
  const unbounded = actions.filter((action) => !cannotBeScoped(action));
  if (everywhere === undefined || unbounded.length === 0 || isScoped(memberOf(statement, 'Condition'))) return [];
  return [`a statement allows ${unbounded.join(', ')} on ${everywhere}`];
}

// Actions that IAM knows only with the resource "*":
// https://docs.aws.amazon.com/service-authorization/latest/reference/
function cannotBeScoped(action: string): boolean {
  return (
    /^[\w-]+:(?:Describe|List|Get(?:AuthorizationToken|CallerIdentity|MetricData|MetricStatistics))/.test(action) ||
    /^(?:cloudwatch:PutMetricData|ec2:(?:Create|Delete)NetworkInterface(?:Permission)?|xray:Put\w+)$/.test(action)
  );
}

// AWS gives every key this statement: it is what lets IAM policies of the account decide.
function isKeyOwner(resource: PlannedResource, statement: unknown, account: string): boolean {
  if (!resource.type.startsWith('aws_kms_')) return false;
  const principals = principalsOf(statement, 'AWS');
  const owner = new RegExp(`^(?:arn:aws[\\w-]*:iam::)?${account}(?::root)?$`);
  return principals.length > 0 && principals.every((arn) => owner.test(arn));
}

/** The statements and grants of a change that anybody can use. */
export function everyoneFindings(resource: PlannedResource): readonly string[] {
  const { after } = resource.change;
  const isGrantToAll =
    /_permission$/.test(resource.type) &&
    memberOf(after, 'principal') === '*' &&
    ['source_account', 'source_arn', 'principal_org_id', 'condition'].every((name) => isEmpty(memberOf(after, name)));
  return [
    ...addedStatements(resource).flatMap((statement) => {
      if (memberOf(statement, 'Effect') !== 'Allow' || namesCallers(memberOf(statement, 'Condition'))) return [];
      if (memberOf(statement, 'NotPrincipal') !== undefined) return ['a statement allows every principal but a list'];
      if (principalsOf(statement, 'AWS').includes('*')) return ['a statement allows every principal'];
      const provider = principalsOf(statement, 'Federated').find((arn) => /:oidc-provider\//.test(arn));
      return provider === undefined ? [] : [`a statement allows every identity of ${provider}`];
    }),
    ...(isGrantToAll ? ['the permission is for every principal'] : []),
  ];
}

// What names a principal in a grant without a document of its own.
const PRINCIPALS = ['principal', 'grantee_principal', 'source_account', 'source_arn', 'account_id'] as const;

/** The accounts, other than that of the environment, to which a change grants something. */
export function foreignAccountFindings(resource: PlannedResource, account: string): readonly string[] {
  const granted = addedStatements(resource)
    .filter((statement) => memberOf(statement, 'Effect') === 'Allow' && memberOf(statement, 'Principal') !== undefined)
    .flatMap((statement) => [...principalsOf(statement, 'AWS'), ...callersOf(memberOf(statement, 'Condition'))]);
  const named = isGrant(resource) ? PRINCIPALS.flatMap((name) => textsOf(memberOf(resource.change.after, name))) : [];
  const others = [...granted, ...named].flatMap((principal) => accountOf(principal) ?? []);
  return [...new Set(others)].filter((other) => other !== account).map((other) => `something is granted to ${other}`);
}

function accountOf(principal: string): string | undefined {
  return /^(?:arn:[^:]*:[^:]*:[^:]*:)?(\d{12})(?::|$)/.exec(principal)?.[1];
}
