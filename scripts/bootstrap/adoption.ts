import { resourceAction, type PlannedResource } from '../../actions/lib/domain/plan/plan-json.ts';
import type { RolePolicies } from './facts.ts';

/** Settings that replace what somebody else has set, in words, and the attribute that names what they belong to. */
const SETTINGS: Readonly<Record<string, readonly [words: string, attribute: string]>> = {
  aws_s3_bucket_policy: ['policy of bucket', 'bucket'],
  aws_s3_bucket_lifecycle_configuration: ['lifecycle rules of bucket', 'bucket'],
  aws_s3_bucket_server_side_encryption_configuration: ['encryption of bucket', 'bucket'],
  aws_ecr_repository_policy: ['policy of image repository', 'repository'],
  aws_ecr_lifecycle_policy: ['lifecycle policy of image repository', 'repository'],
};

/** The settings of adopted resources that Terraform changes, such as `policy of bucket NAME`. */
export function overwrittenSettings(changed: readonly PlannedResource[]): readonly string[] {
  return changed.flatMap(({ type, change }) => {
    const known = SETTINGS[type];
    if (known === undefined || change.importing === undefined || resourceAction(change) !== 'update') return [];
    const [words, attribute] = known;
    return [`${words} ${String(member(change.before, attribute))}`];
  });
}

/** Policies of a role that Terraform neither knows nor removes. */
export interface ExtraPolicies {
  readonly role: string;
  /** Whether the plan takes the role into the state. */
  readonly isAdopted: boolean;
  readonly names: readonly string[];
}

/**
 * The policies that roles keep beside those of the plan. A role that is made anew or removed keeps none.
 *
 * @param deleted ARNs of policies that are deleted after the plan
 */
export function extraPolicies(
  changed: readonly PlannedResource[],
  found: readonly RolePolicies[],
  deleted: readonly string[],
): readonly ExtraPolicies[] {
  const known = new Set(
    changed.flatMap(({ type, change }) =>
      [change.before, change.after].map((each) => {
        if (type === 'aws_iam_role_policy') return keyOf(member(each, 'role'), member(each, 'name'));
        return type === 'aws_iam_role_policy_attachment' ? keyOf(member(each, 'role'), member(each, 'policy_arn')) : '';
      }),
    ),
  );
  return found.flatMap(({ role, inline, attached }) => {
    const planned = changed.find(
      ({ type, change }) => type === 'aws_iam_role' && member(change.before, 'name') === role,
    );
    if (planned === undefined || !['no-op', 'update'].includes(resourceAction(planned.change))) return [];
    const isExtra = (name: string): boolean => !known.has(keyOf(role, name)) && !deleted.includes(name);
    const names = [...inline.filter(isExtra).map((name) => `${name} (inline)`), ...attached.filter(isExtra)];
    return names.length === 0 ? [] : [{ role, isAdopted: planned.change.importing !== undefined, names }];
  });
}

function keyOf(role: unknown, policy: unknown): string {
  return JSON.stringify([role, policy]);
}

/** A member of an object of a plan; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
