import { isEmpty } from './diff.ts';
import type { PlanJson, PlannedResource } from './plan-json.ts';
import { isSameStatement, policyDocuments, type PolicyDocument } from './policy-documents.ts';
import { memberOf, type Scrubber } from './redact.ts';
import { describeParts, describeStatement, said, type Described } from './statement-text.ts';
import type { StatementChange } from './summary.ts';

// Resources that grant something without a document of their own.
const GRANTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['aws_iam_role', ['managed_policy_arns']],
  ['aws_iam_role_policy_attachment', ['role', 'policy_arn']],
  ['aws_iam_user_policy_attachment', ['user', 'policy_arn']],
  ['aws_iam_group_policy_attachment', ['group', 'policy_arn']],
  ['aws_iam_role_policy_attachments_exclusive', ['role_name', 'policy_arns']],
  ['aws_iam_user_policy_attachments_exclusive', ['user_name', 'policy_arns']],
  ['aws_iam_group_policy_attachments_exclusive', ['group_name', 'policy_arns']],
  ['aws_iam_policy_attachment', ['policy_arn', 'roles', 'users', 'groups']],
  ['aws_iam_user_group_membership', ['user', 'groups']],
  ['aws_iam_group_membership', ['group', 'users']],
  ['aws_iam_instance_profile', ['role']],
  ['aws_kms_grant', ['grantee_principal', 'operations']],
  ['aws_lambda_permission', ['principal', 'action', 'source_account', 'source_arn']],
  ['aws_lambda_function_url', ['authorization_type', 'function_name']],
  ['aws_cloudwatch_event_permission', ['principal', 'action']],
  ['aws_ram_principal_association', ['principal', 'resource_share_arn']],
  ['aws_s3_bucket_acl', ['acl', 'bucket', 'access_control_policy']],
  ['aws_ami_launch_permission', ['account_id', 'image_id']],
  ['aws_snapshot_create_volume_permission', ['account_id', 'snapshot_id']],
]);

// The provider fills these in after apply where nobody wrote them.
const COMPUTED: ReadonlySet<string> = new Set(['managed_policy_arns', 'source_account', 'access_control_policy']);

// Attributes that hold a policy document. Of one that is known only after apply, only its name tells so.
const DOCUMENTS: ReadonlySet<string> = new Set(['policy', 'assume_role_policy', 'access_policy', 'policy_document']);

/** Whether a resource is a grant of its own: it has no other purpose. */
export function isGrant({ type }: PlannedResource): boolean {
  return type !== 'aws_iam_role' && GRANTS.has(type);
}

/** The statements that a plan adds to and removes from IAM policy documents, and the grants that come or go. */
export function statementChanges(plan: PlanJson, scrubber: Scrubber): readonly StatementChange[] {
  return plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && !isNoOp(resource))
    .flatMap((resource) => [...documentChanges(resource, scrubber), ...grantChanges(resource, scrubber)]);
}

const NO_DOCUMENT: PolicyDocument = { statements: [], isSensitive: false };

function documentChanges(resource: PlannedResource, scrubber: Scrubber): readonly StatementChange[] {
  const { before, after, before_sensitive, after_sensitive, after_unknown } = resource.change;
  const [lefts, rights] = [policyDocuments(before, before_sensitive), policyDocuments(after, after_sensitive)];
  const unknowns = hasStatements(resource) ? unknownDocuments(after_unknown, '') : [];
  return [...new Set([...lefts.keys(), ...rights.keys(), ...unknowns])].flatMap((document) => {
    const [left, right] = [lefts.get(document) ?? NO_DOCUMENT, rights.get(document) ?? NO_DOCUMENT];
    const describe = (change: StatementChange['change'], text: Described): StatementChange => ({
      change,
      address: scrubber.scrub(resource.address),
      document: scrubber.scrub(document),
      ...scrubbed(text, scrubber),
    });
    const [removed, added] = [missingFrom(left, right), missingFrom(right, left)];
    if (left.isSensitive || right.isSensitive) {
      return removed.length + added.length === 0 ? [] : [describe('added', said('a sensitive document'))];
    }
    if (unknowns.includes(document)) return [describe('added', said('statements that are known only after apply'))];
    return [
      ...removed.map((statement) => describe('removed', describeStatement(statement))),
      ...added.map((statement) => describe('added', describeStatement(statement))),
    ];
  });
}

function missingFrom(one: PolicyDocument, other: PolicyDocument): readonly unknown[] {
  return one.statements.filter((statement) => !other.statements.some((each) => isSameStatement(statement, each)));
}

function unknownDocuments(mark: unknown, path: string): readonly string[] {
  if (typeof mark !== 'object' || mark === null) return [];
  return Object.entries(mark).flatMap(([key, member]) => {
    const name = Array.isArray(mark) ? path : path === '' ? key : `${path}.${key}`;
    return member === true && DOCUMENTS.has(key) ? [name] : unknownDocuments(member, name);
  });
}

// An attribute named "policy" that is unknown may be anything; only these kinds are known to hold a document.
function hasStatements(resource: PlannedResource): boolean {
  return /(?:^aws_iam_|_policy$|^aws_kms_key$|_repository_policy$)/.test(resource.type);
}

function grantChanges(resource: PlannedResource, scrubber: Scrubber): readonly StatementChange[] {
  const { before, after, after_unknown } = resource.change;
  const [old, granted] = [renderGrant(resource, before, {}), renderGrant(resource, after, after_unknown)];
  if (old?.text === granted?.text) return [];
  const sides: readonly [StatementChange['change'], Described | undefined][] = [
    ['removed', old],
    ['added', granted],
  ];
  return sides.flatMap(([change, text]) =>
    text === undefined
      ? []
      : [{ change, address: scrubber.scrub(resource.address), document: 'grant', ...scrubbed(text, scrubber) }],
  );
}

/** What one side of a change grants without a document; undefined where it is nothing. */
function renderGrant({ type }: PlannedResource, side: unknown, unknown: unknown): Described | undefined {
  if (side === null || side === undefined) return undefined;
  const parts = (GRANTS.get(type) ?? []).flatMap((name) => {
    const value = memberOf(side, name);
    if (!isEmpty(value)) return [{ word: `${name} `, value }];
    const isLater = memberOf(unknown, name) === true && !COMPUTED.has(name);
    return isLater ? [{ word: `${name} `, value: '(known after apply)' }] : [];
  });
  return parts.length === 0 ? undefined : describeParts(parts, ', ');
}

function scrubbed({ text, brief }: Described, scrubber: Scrubber): Pick<StatementChange, 'text' | 'brief'> {
  return { text: scrubber.scrub(text), ...(brief === text ? {} : { brief: scrubber.scrub(brief) }) };
}

function isNoOp(resource: PlannedResource): boolean {
  return resource.change.actions[0] === 'no-op';
}
