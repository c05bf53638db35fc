import { isSame } from './diff.ts';
import type { PlannedResource } from './plan-json.ts';
import { resourceAction } from './plan-json.ts';
import { isSameStatement, statementsOf } from './iam-statements.ts';
import { memberOf } from './redact.ts';

const DOCUMENTS = ['policy', 'assume_role_policy', 'access_policy', 'inline_policy'] as const;

/** Wildcards in the statements that a change adds, and grants of administrator policies. */
export function wildcardFindings(resource: PlannedResource): readonly string[] {
  const findings = addedStatements(resource).flatMap((statement) => {
    if (memberOf(statement, 'Effect') !== 'Allow') return [];
    const actions = textsOf(memberOf(statement, 'Action'));
    if (memberOf(statement, 'NotAction') !== undefined) return ['a statement allows everything but a list of actions'];
    if (isKeyOwner(resource, statement)) return [];
    const wide = actions.filter((action) => action === '*' || /^[\w-]+:\*$/.test(action));
    if (wide.length > 0) return [`a statement allows ${wide.join(', ')}`];
    // The resource of a key policy is always "*": the key itself.
    if (resource.type.startsWith('aws_kms_')) return [];
    const everywhere = textsOf(memberOf(statement, 'Resource')).includes('*');
    const scoped = memberOf(statement, 'Condition') !== undefined;
    const unbounded = actions.filter((action) => !cannotBeScoped(action));
    return everywhere && !scoped && unbounded.length > 0 ? [`a statement allows ${unbounded.join(', ')} on *`] : [];
  });
  const arn = memberOf(resource.change.after, 'policy_arn');
  if (typeof arn === 'string' && /^arn:aws[\w-]*:iam::aws:policy\/.*(?:AdministratorAccess|FullAccess)$/.test(arn)) {
    findings.push(`${arn.split('/').at(-1) ?? arn} is attached`);
  }
  return [...new Set(findings)];
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
function isKeyOwner(resource: PlannedResource, statement: unknown): boolean {
  if (!resource.type.startsWith('aws_kms_')) return false;
  const principals = textsOf(memberOf(memberOf(statement, 'Principal'), 'AWS'));
  return principals.length > 0 && principals.every((arn) => /^(?:arn:aws[\w-]*:iam::)?\d{12}(?::root)?$/.test(arn));
}

function addedStatements(resource: PlannedResource): readonly unknown[] {
  return DOCUMENTS.flatMap((document) => {
    if (memberOf(resource.change.before, document) === memberOf(resource.change.after, document)) return [];
    const before = statementsOf(memberOf(resource.change.before, document));
    const after = statementsOf(memberOf(resource.change.after, document));
    return after.filter((statement) => !before.some((other) => isSameStatement(statement, other)));
  });
}

/** What a change opens to everyone. */
export function publicAccessFindings(resource: PlannedResource): readonly string[] {
  const { before, after } = resource.change;
  const findings: string[] = [];
  for (const statement of addedStatements(resource)) {
    if (memberOf(statement, 'Effect') === 'Allow' && isEveryone(memberOf(statement, 'Principal'))) {
      if (memberOf(statement, 'Condition') === undefined) findings.push('a statement allows every principal');
    }
  }
  if (resource.type.endsWith('_public_access_block')) {
    if (resourceAction(resource.change) === 'delete') findings.push('the block of public access is removed');
    for (const name of ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets']) {
      const off = memberOf(after, name) === false && memberOf(before, name) !== false;
      if (off) findings.push(`${name} is false`);
    }
  }
  walk(after, before, [], (path, value, previous) => {
    const name = String(path.at(-1));
    const turnsOn = value === true && previous !== true;
    if (turnsOn && /^(?:publicly_accessible|map_public_ip_on_launch|associate_public_ip_address)$/.test(name)) {
      findings.push(`${name} is true`);
    }
    if (name === 'acl' && typeof value === 'string' && value.startsWith('public-') && value !== previous) {
      findings.push(`the ACL is ${value}`);
    }
    const everywhere = value === '0.0.0.0/0' || value === '::/0';
    if (isInboundRule(resource) && everywhere && previous !== value) findings.push(`inbound traffic from ${value}`);
  });
  for (const address of openedIngress(before, after)) findings.push(`inbound traffic from ${address}`);
  return [...new Set(findings)];
}

// A rule is compared as a whole: the same addresses with other ports are another rule.
function openedIngress(before: unknown, after: unknown): readonly string[] {
  const [old, rules] = [before, after].map((side): readonly unknown[] => {
    const ingress = memberOf(side, 'ingress');
    return Array.isArray(ingress) ? ingress : [];
  });
  return (rules ?? [])
    .filter((rule) => old?.some((other) => isSame(rule, other)) !== true)
    .flatMap((rule) => ['cidr_blocks', 'ipv6_cidr_blocks'].flatMap((name) => textsOf(memberOf(rule, name))))
    .filter((address) => address === '0.0.0.0/0' || address === '::/0');
}

function isInboundRule(resource: PlannedResource): boolean {
  if (resource.type === 'aws_vpc_security_group_ingress_rule') return true;
  return resource.type === 'aws_security_group_rule' && memberOf(resource.change.after, 'type') === 'ingress';
}

function isEveryone(principal: unknown): boolean {
  return principal === '*' || textsOf(memberOf(principal, 'AWS')).includes('*');
}

/** What a change stores without encryption, or without the key that it had. */
export function encryptionFindings(resource: PlannedResource): readonly string[] {
  const { before, after, after_unknown } = resource.change;
  const action = resourceAction(resource.change);
  if (action === 'delete') {
    return resource.type === 'aws_s3_bucket_server_side_encryption_configuration'
      ? ["the bucket's encryption settings are removed"]
      : [];
  }
  const findings: string[] = [];
  walk(after, before, [], (path, value, previous) => {
    const name = String(path.at(-1));
    const turnsOff = value === false && previous !== false;
    if (turnsOff && /^(?:encrypted|storage_encrypted|at_rest_encryption_enabled|encryption_enabled)$/.test(name)) {
      findings.push(`${name} is false`);
    }
    if (name === 'encryption_type' && value === 'NONE' && previous !== 'NONE') findings.push('encryption_type is NONE');
  });
  walk(before, after, [], (path, previous, value) => {
    const name = String(path.at(-1));
    const isKey = /(?:^|_)kms_(?:master_)?key(?:_arn|_id)?$/.test(name);
    const gone = value === undefined || value === null || value === '';
    const set = typeof previous === 'string' && previous !== '';
    // A key that is known only after apply is a key.
    const unknown = path.length === 1 && memberOf(after_unknown, name) === true;
    if (isKey && set && gone && !unknown && action !== 'create') findings.push(`${name} is removed`);
  });
  return [...new Set(findings)];
}

/** What a change keeps for a shorter time than before. */
export function retentionFindings(resource: PlannedResource): readonly string[] {
  const { before, after } = resource.change;
  const findings: string[] = [];
  walk(after, before, [], (path, value, previous) => {
    const name = String(path.at(-1));
    if (typeof value !== 'number' || typeof previous !== 'number' || isSame(value, previous)) return;
    const isRetention = /retention|^noncurrent_days$|deletion_window_in_days/.test(name);
    if (!isRetention && !(path.includes('expiration') && name === 'days')) return;
    // 0 means for ever where CloudWatch Logs counts days.
    if (forever(value) > forever(previous)) return;
    findings.push(`${path.join('.')} goes from ${String(previous)} to ${String(value)}`);
  });
  return findings;
}

function forever(duration: number): number {
  return duration === 0 ? Number.POSITIVE_INFINITY : duration;
}

type Visit = (path: readonly string[], value: unknown, other: unknown) => void;

/**
 * Visits every leaf of a value that differs from what stands at the same place of another one. Elements that the other
 * array has too, wherever, are left out.
 */
function walk(value: unknown, other: unknown, path: string[], visit: Visit): void {
  if (typeof value !== 'object' || value === null) {
    if (path.length > 0 && value !== other) visit(path, value, other);
    return;
  }
  const others: readonly unknown[] = Array.isArray(other) ? other : [];
  for (const key of Object.keys(value)) {
    if (Array.isArray(value) && others.some((element) => isSame(element, memberOf(value, key)))) continue;
    // One array for the whole walk: most leaves are the same on both sides, and need no path.
    path.push(key);
    walk(memberOf(value, key), memberOf(other, key), path, visit);
    path.pop();
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((member): member is string => typeof member === 'string') : [];
}
