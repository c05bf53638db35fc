import { canonicalText } from './diff.ts';
import type { PlanJson, PlannedResource } from './plan-json.ts';
import { memberOf, type Scrubber } from './redact.ts';
import type { StatementChange } from './summary.ts';

/** Attributes that hold an IAM policy document, on whatever resource: identity, trust and resource policies. */
const DOCUMENTS = ['policy', 'assume_role_policy', 'access_policy', 'policy_document'] as const;

// Resources that grant something without a document of their own.
const GRANTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['aws_iam_role_policy_attachment', ['role', 'policy_arn']],
  ['aws_iam_user_policy_attachment', ['user', 'policy_arn']],
  ['aws_iam_group_policy_attachment', ['group', 'policy_arn']],
  ['aws_iam_policy_attachment', ['policy_arn', 'roles', 'users', 'groups']],
  ['aws_kms_grant', ['grantee_principal', 'operations']],
  ['aws_lambda_permission', ['principal', 'action', 'source_arn']],
]);

/** The statements that a plan adds to and removes from IAM policy documents, and the grants that come or go. */
export function statementChanges(plan: PlanJson, scrubber: Scrubber): readonly StatementChange[] {
  return plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && !isNoOp(resource))
    .flatMap((resource) => [...documentChanges(resource, scrubber), ...grantChanges(resource, scrubber)]);
}

function documentChanges(resource: PlannedResource, scrubber: Scrubber): readonly StatementChange[] {
  const { before, after, before_sensitive, after_sensitive, after_unknown } = resource.change;
  return DOCUMENTS.flatMap((document) => {
    const unknown = memberOf(after_unknown, document) === true;
    if (!unknown && memberOf(before, document) === memberOf(after, document)) return [];
    const secret = memberOf(before_sensitive, document) === true || memberOf(after_sensitive, document) === true;
    const left = statementsOf(memberOf(before, document));
    const right = statementsOf(memberOf(after, document));
    if (left.length === 0 && right.length === 0 && !unknown) return [];
    const describe = (change: StatementChange['change'], text: string): StatementChange => ({
      change,
      address: scrubber.scrub(resource.address),
      document,
      text,
    });
    if (secret) {
      return canonicalText(left) === canonicalText(right) ? [] : [describe('added', 'a sensitive document')];
    }
    const removed = left.filter((statement) => !right.some((other) => isSameStatement(statement, other)));
    if (unknown) {
      if (!hasStatements(resource)) return [];
      return [describe('added', 'statements that are known only after apply')];
    }
    const added = right.filter((statement) => !left.some((other) => isSameStatement(statement, other)));
    return [
      ...removed.map((statement) => describe('removed', scrubber.scrub(renderStatement(statement)))),
      ...added.map((statement) => describe('added', scrubber.scrub(renderStatement(statement)))),
    ];
  });
}

// An attribute named "policy" that is unknown may be anything; only these kinds are known to hold a document.
function hasStatements(resource: PlannedResource): boolean {
  return /(?:^aws_iam_|_policy$|^aws_kms_key$|_repository_policy$)/.test(resource.type);
}

function grantChanges(resource: PlannedResource, scrubber: Scrubber): readonly StatementChange[] {
  const members = GRANTS.get(resource.type);
  if (members === undefined) return [];
  const { before, after } = resource.change;
  const sides: readonly [StatementChange['change'], unknown][] = [
    ['removed', before],
    ['added', after],
  ];
  const texts = sides.map(([change, side]): [StatementChange['change'], string | undefined] => [
    change,
    side === null || side === undefined
      ? undefined
      : members.map((member) => `${member} ${renderGrantMember(resource, member, side)}`).join(', '),
  ]);
  if (texts[0]?.[1] === texts[1]?.[1]) return [];
  return texts.flatMap(([change, text]) =>
    text === undefined
      ? []
      : [{ change, address: scrubber.scrub(resource.address), document: 'grant', text: scrubber.scrub(text) }],
  );
}

function renderGrantMember(resource: PlannedResource, member: string, side: unknown): string {
  const value = memberOf(side, member);
  if (value !== undefined && value !== null) return typeof value === 'string' ? value : JSON.stringify(value);
  return memberOf(resource.change.after_unknown, member) === true ? '(known after apply)' : '(none)';
}

/** The statements of a policy document in a JSON text; none where it is not one. */
export function statementsOf(document: unknown): readonly unknown[] {
  if (typeof document !== 'string' || !document.includes('Statement')) return [];
  try {
    const statements: unknown = memberOf(JSON.parse(document), 'Statement');
    if (Array.isArray(statements)) return statements.map((statement: unknown) => statement);
    return statements === undefined || statements === null ? [] : [statements];
  } catch {
    return [];
  }
}

/** Whether two statements grant the same: the order of actions, resources and principals means nothing. */
export function isSameStatement(left: unknown, right: unknown): boolean {
  return canonicalStatement(left) === canonicalStatement(right);
}

/** One text for all statements that grant the same. */
export function canonicalStatement(statement: unknown): string {
  return canonicalText(unordered(statement));
}

// IAM takes a single value and a list of one for the same, and lists as sets.
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = value.map(unordered);
    const [only, ...others] = members;
    if (others.length === 0 && typeof only === 'string') return only;
    return members.sort((a, b) => (canonicalText(a) < canonicalText(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unordered(member)]));
}

function renderStatement(statement: unknown): string {
  const effect = textOf(memberOf(statement, 'Effect')) || 'Allow';
  const parts = [effect];
  for (const [key, word] of [
    ['Action', ''],
    ['NotAction', 'everything but '],
    ['Resource', 'on '],
    ['NotResource', 'on everything but '],
    ['Principal', 'for '],
    ['NotPrincipal', 'for everyone but '],
    ['Condition', 'if '],
  ] as const) {
    const value = memberOf(statement, key);
    if (value !== undefined) parts.push(`${word}${textOf(value)}`);
  }
  return parts.join(' ');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return value === undefined ? '' : canonicalText(value);
}

function isNoOp(resource: PlannedResource): boolean {
  return resource.change.actions[0] === 'no-op';
}
