import { isSame } from './diff.ts';
import { isOpenRange } from './iam-scope.ts';
import { everyoneFindings } from './iam-warnings.ts';
import type { PlannedResource } from './plan-json.ts';
import { resourceAction } from './plan-json.ts';
import { textsOf } from './policy-documents.ts';
import { memberOf } from './redact.ts';
import { walk } from './walk.ts';

/** What a change opens to everyone. */
export function publicAccessFindings(resource: PlannedResource): readonly string[] {
  const { before, after } = resource.change;
  const findings = [...everyoneFindings(resource)];
  if (resource.type.endsWith('_public_access_block')) {
    if (resourceAction(resource.change) === 'delete') findings.push('the block of public access is removed');
    for (const name of ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets']) {
      const off = memberOf(after, name) === false && memberOf(before, name) !== false;
      if (off) findings.push(`${name} is false`);
    }
  }
  walk(after, before, (path, value, previous) => {
    const name = String(path.at(-1));
    const turnsOn = value === true && previous !== true;
    if (turnsOn && /^(?:publicly_accessible|map_public_ip_on_launch|associate_public_ip_address)$/.test(name)) {
      findings.push(`${name} is true`);
    }
    if (typeof value !== 'string') return;
    if (name === 'acl' && /^(?:public-|authenticated-read$)/.test(value)) findings.push(`the ACL is ${value}`);
    // Everybody, and everybody who has an AWS account.
    const group = /^https?:\/\/acs\.amazonaws\.com\/groups\/global\/(AllUsers|AuthenticatedUsers)$/.exec(value)?.[1];
    if (group !== undefined) findings.push(`the ACL grants something to ${group}`);
    if (name === 'authorization_type' && value === 'NONE' && resource.type === 'aws_lambda_function_url') {
      findings.push('authorization_type is NONE');
    }
  });
  for (const range of openedRanges(resource)) findings.push(`inbound traffic from ${range}`);
  return [...new Set(findings)];
}

// A rule is compared as a whole: the same addresses with other ports are another rule.
function openedRanges(resource: PlannedResource): readonly string[] {
  const [old, rules] = [resource.change.before, resource.change.after].map((side) => inboundRules(resource, side));
  return (rules ?? [])
    .filter((rule) => old?.some((other) => isSame(rule, other)) !== true)
    .flatMap((rule) => RANGES.flatMap((name) => textsOf(memberOf(rule, name))))
    .filter(isOpenRange);
}

const RANGES = ['cidr_blocks', 'ipv6_cidr_blocks', 'cidr_ipv4', 'cidr_ipv6'] as const;
const PORTS = ['from_port', 'to_port', 'protocol', 'ip_protocol', 'security_group_id'] as const;

function inboundRules({ type }: PlannedResource, side: unknown): readonly unknown[] {
  const isRule =
    type === 'aws_vpc_security_group_ingress_rule' ||
    (type === 'aws_security_group_rule' && memberOf(side, 'type') === 'ingress');
  if (isRule) return [Object.fromEntries([...RANGES, ...PORTS].map((name) => [name, memberOf(side, name)]))];
  const ingress = memberOf(side, 'ingress');
  return Array.isArray(ingress) ? ingress : [];
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
  walk(after, before, (path, value, previous) => {
    const name = String(path.at(-1));
    const turnsOff = value === false && previous !== false;
    if (turnsOff && /^(?:encrypted|storage_encrypted|at_rest_encryption_enabled|encryption_enabled)$/.test(name)) {
      findings.push(`${name} is false`);
    }
    if (name === 'encryption_type' && value === 'NONE' && previous !== 'NONE') findings.push('encryption_type is NONE');
  });
  walk(before, after, (path, previous, value) => {
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
  walk(after, before, (path, value, previous) => {
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
