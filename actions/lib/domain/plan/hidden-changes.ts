import type { Environment } from '../environment/environment.ts';
import { blockAddress, configuredArguments } from './configuration-warnings.ts';
import { hasUnknown, maskedPaths } from './diff.ts';
import { resourceAction, type PlanJson, type PlannedChange, type PlannedResource } from './plan-json.ts';
import { memberOf } from './redact.ts';
import { setAttributes } from './set-attributes.ts';
import type { PolicyWarning, WarningId } from './summary.ts';

// What names or holds a policy, on whatever resource.
const POLICY_ARGUMENTS = [
  'policy',
  'assume_role_policy',
  'access_policy',
  'policy_document',
  'resource_policy',
  'inline_policy',
  'policy_arn',
  'managed_policy_arns',
  'permissions_boundary',
] as const;

// The first ones stand for the rest: one acceptance covers all of an id.
const MOST_NAMED = 5;

/**
 * What a plan changes without showing it: policies that are known after apply, values behind a mask, and what only the
 * state notices.
 *
 * @param inGit container environment values, which release.json shows to everybody
 */
export function hiddenChangeWarnings(
  plan: PlanJson,
  { visibleEnvironmentKeys }: Pick<Environment, 'visibleEnvironmentKeys'>,
  inGit: ReadonlySet<string>,
): readonly PolicyWarning[] {
  const managed = plan.resource_changes.filter(({ mode }) => mode === 'managed');
  const configured = configuredArguments(plan);
  const visibleKeys = new Set(visibleEnvironmentKeys);
  const masked = (change: PlannedChange, type = ''): readonly string[] =>
    isChanged(change) ? maskedPaths(change, visibleKeys, inGit, setAttributes(type)) : [];
  return [
    ...grouped(
      'policy-unknown',
      managed.flatMap((resource) => unknownPolicies(resource, configured)),
    ),
    ...grouped('masked-value-changes', [
      ...managed.flatMap(({ address, change, type }) => masked(change, type).map((path) => `${address}: ${path}`)),
      ...Object.entries(plan.output_changes).flatMap(([name, change]) =>
        masked(change).length === 0 ? [] : [`output.${name}`],
      ),
    ]),
    ...grouped(
      'resource-imported',
      managed.flatMap(({ address, change }) =>
        change.importing === undefined ? [] : [`${address} from ${change.importing.id ?? 'an identity'}`],
      ),
    ),
    ...grouped(
      'resource-forgotten',
      managed.flatMap(({ address, change }) => (resourceAction(change) === 'forget' ? [address] : [])),
    ),
    ...grouped(
      'resource-moved',
      managed.flatMap(({ address, previous_address: from }) => (from === undefined ? [] : [`${from} → ${address}`])),
    ),
  ];
}

function isChanged(change: PlannedChange): boolean {
  return !['no-op', 'read', 'delete', 'forget'].includes(resourceAction(change));
}

function unknownPolicies(
  { address, change }: PlannedResource,
  configured: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  // Terraform also calls unknown what a provider fills in; only what somebody wrote is a policy of ours.
  const written = configured.get(blockAddress(address));
  return POLICY_ARGUMENTS.filter(
    (name) => hasUnknown(memberOf(change.after_unknown, name)) && written?.has(name) !== false,
  ).map((name) => `${address}: ${name}`);
}

function grouped(id: WarningId, items: readonly string[]): readonly PolicyWarning[] {
  const [first, ...others] = items;
  if (first === undefined) return [];
  const named = others.slice(0, MOST_NAMED - 1);
  const more = others.length - named.length;
  const subject = items.length === 1 ? '1 resource' : `${String(items.length)} resources`;
  return [{ id, subject, found: [first, ...named, ...(more > 0 ? [`and ${String(more)} more`] : [])].join(', ') }];
}
