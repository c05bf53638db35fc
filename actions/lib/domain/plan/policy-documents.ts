import { tryParseStructure } from '../json/try-parse.ts';
import { canonicalText } from './diff.ts';
import { resourceAction, type PlannedResource } from './plan-json.ts';
import { memberOf } from './redact.ts';

/** The statements at one path of a resource. */
export interface PolicyDocument {
  readonly statements: readonly unknown[];
  /** Whether the plan calls the attribute sensitive. */
  readonly isSensitive: boolean;
}

/**
 * Every IAM policy document in one side of a change, by its path without indexes, such as `inline_policy.policy`. A document
 * is recognised by its statements, as any attribute or block can hold one.
 */
export function policyDocuments(value: unknown, sensitive: unknown): ReadonlyMap<string, PolicyDocument> {
  const found = new Map<string, PolicyDocument>();
  collect(value, sensitive, '', found);
  return found;
}

function collect(value: unknown, mark: unknown, path: string, found: Map<string, PolicyDocument>): void {
  const content = typeof value === 'string' ? tryParseStructure(value) : value;
  if (typeof content !== 'object' || content === null) return;
  const statements = statementsIn(content);
  if (statements.length > 0) {
    const others = found.get(path);
    found.set(path, {
      statements: [...(others?.statements ?? []), ...statements],
      isSensitive: mark === true || others?.isSensitive === true,
    });
    return;
  }
  for (const key of Object.keys(content)) {
    const name = Array.isArray(content) ? path : path === '' ? key : `${path}.${key}`;
    collect(memberOf(content, key), mark === true ? true : memberOf(mark, key), name, found);
  }
}

function statementsIn(document: object): readonly unknown[] {
  const given = memberOf(document, 'Statement');
  const statements: readonly unknown[] = Array.isArray(given) ? given : [given];
  return statements.filter((statement) => memberOf(statement, 'Effect') !== undefined);
}

/** What a change is compared with. A resource that is replaced grants anew, perhaps to another principal. */
export function grantedBefore({ change }: PlannedResource): unknown {
  return resourceAction(change) === 'replace' ? undefined : change.before;
}

/** The statements that a change adds to the documents of a resource. */
export function addedStatements(resource: PlannedResource): readonly unknown[] {
  const before = policyDocuments(grantedBefore(resource), undefined);
  return [...policyDocuments(resource.change.after, undefined)].flatMap(([path, { statements }]) => {
    const others = before.get(path)?.statements ?? [];
    return statements.filter((statement) => !others.some((other) => isSameStatement(statement, other)));
  });
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

/** The texts of a member that may be one text or a list of them. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((member): member is string => typeof member === 'string') : [];
}
