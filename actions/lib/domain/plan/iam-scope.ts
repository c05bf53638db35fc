import { memberOf } from './redact.ts';
import { textsOf } from './policy-documents.ts';

// A pattern with fewer characters beside its wildcards matches nearly everything, such as `?*` or `*e*`.
const FEWEST_LITERALS = 3;

function isNearlyAny(pattern: string): boolean {
  return pattern.includes('*') && pattern.replaceAll(/[*?]/g, '').length < FEWEST_LITERALS;
}

/** Whether a pattern of actions matches nearly every action of a service, or of all. */
export function isWideAction(action: string): boolean {
  return isNearlyAny(action.slice(action.indexOf(':') + 1));
}

/** Whether a pattern of resources names none of them, such as `*`, `arn:aws:*` or `arn:aws:iam::*:role/*`. */
export function isWideResource(pattern: string): boolean {
  const [, , service = '', , account = '', ...rest] = pattern.split(':');
  if (!pattern.startsWith('arn:') || rest.length === 0) return /[*?]/.test(pattern);
  const name = rest.join(':');
  // Of IAM, all roles or users of an account are as good as any.
  const isAnyAccount = /[*?]/.test(account) || service === 'iam';
  return /^[*?/:]*\*[*?/:]*$/.test(isAnyAccount ? name.replace(/^[\w-]+[:/]/, '') : name);
}

// True of nearly every request, whoever makes it.
const CONTEXT_KEYS =
  /^aws:(?:securetransport|currenttime|epochtime|requestedregion|useragent|referer|viaawsservice)$|tlsversion$/i;

// What tells callers apart. S3 has a list of its own for what is public:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
const CALLER_KEYS =
  /^(?:aws:(?:principal(?:arn|account|orgid|orgpaths|tag\/.+)|source(?:arn|account|orgid|orgpaths|owner|vpc|vpce|ip)|vpcsourceip|userid|username)|kms:(?:calleraccount|viaservice)|s3:dataaccesspoint(?:arn|account)|.+:(?:sub|aud))$/i;

/** Whether a condition narrows down which requests a statement allows. */
export function isScoped(condition: unknown): boolean {
  return restricts(condition, (key) => !CONTEXT_KEYS.test(key));
}

/** Whether a condition narrows down who may use a statement. */
export function namesCallers(condition: unknown): boolean {
  return restricts(condition, (key) => CALLER_KEYS.test(key));
}

// All keys of a condition must match. Only what a key must equal counts: a denial leaves everything else open, and
// `IfExists` and `ForAllValues` are true of a request without the key.
function restricts(condition: unknown, isKey: (key: string) => boolean): boolean {
  return entriesOf(condition).some(
    ({ operator, key, values }) =>
      !/Not|IfExists$|^ForAllValues:|^Null$/i.test(operator) &&
      isKey(key) &&
      values.length > 0 &&
      !values.some(isAnyValue),
  );
}

function isAnyValue(value: string): boolean {
  if (value.startsWith('arn:')) return isWideResource(value);
  // `repo:` begins every subject of GitHub.
  return isNearlyAny(value.replace(/^repo:/, '')) || isOpenRange(value);
}

/** The accounts that a condition names as callers. */
export function callersOf(condition: unknown): readonly string[] {
  return entriesOf(condition).flatMap(({ operator, key, values }) =>
    CALLER_KEYS.test(key) && !/Not/i.test(operator) ? values : [],
  );
}

function entriesOf(
  condition: unknown,
): readonly { readonly operator: string; readonly key: string; readonly values: readonly string[] }[] {
  return membersOf(condition).flatMap(([operator, keys]) =>
    membersOf(keys).map(([key, given]) => ({ operator, key, values: valuesOf(given) })),
  );
}

function membersOf(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

// Numbers and truth values count as text in a condition.
function valuesOf(given: unknown): readonly string[] {
  return typeof given === 'number' || typeof given === 'boolean' ? [String(given)] : textsOf(given);
}

/** Whether a range of addresses is a large part of the internet: shorter prefixes than /8 of IPv4 and /16 of IPv6. */
export function isOpenRange(range: string): boolean {
  const [, address = '', length = ''] = /^([\da-f.:]+)\/(\d+)$/i.exec(range) ?? [];
  return length !== '' && Number(length) < (address.includes(':') ? 16 : 8);
}

/** The principals of a statement by kind, `AWS` or `Federated`. */
export function principalsOf(statement: unknown, kind: 'AWS' | 'Federated'): readonly string[] {
  const principal = memberOf(statement, 'Principal');
  return typeof principal === 'string' && kind === 'AWS' ? [principal] : textsOf(memberOf(principal, kind));
}
