import { isDeepStrictEqual } from 'node:util';
import { addressOf, type Resource } from './resources.ts';
import type { State } from './state.ts';

/** What has to happen to one resource. */
export interface Change {
  readonly action: 'no-op' | 'create' | 'update' | 'delete';
  readonly resource: Resource;
  readonly before: Resource | undefined;
}

/** A plan: what to do, and against which state. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What is no longer as the state has it. */
  readonly drift: readonly { readonly before: Resource; readonly after: Resource | undefined }[];
  readonly serial: number | null;
}

/** Compares what is declared with what is there. Declared attributes alone count; what a module ignores is not compared. */
export function makePlan(
  declared: readonly Resource[],
  present: ReadonlyMap<string, Resource>,
  state: State | undefined,
): Plan {
  const declaredAddresses = new Set(declared.map(addressOf));
  const gone = (state?.resources ?? []).filter((resource) => !declaredAddresses.has(addressOf(resource)));
  return {
    changes: [
      ...declared.map((resource) => change(resource, present.get(addressOf(resource)))),
      ...gone.flatMap((resource): readonly Change[] => {
        const before = present.get(addressOf(resource));
        return before === undefined ? [] : [{ action: 'delete', resource, before }];
      }),
    ],
    drift: (state?.resources ?? []).flatMap((before) => {
      const after = present.get(addressOf(before));
      return isDeepStrictEqual(after?.values, before.values) ? [] : [{ before, after }];
    }),
    serial: state?.serial ?? null,
  };
}

function change(resource: Resource, before: Resource | undefined): Change {
  if (before === undefined) return { action: 'create', resource, before };
  // What exists is never changed in place but for alarms: the module's ignore_changes.
  const differs = resource.type === 'aws_cloudwatch_metric_alarm' && !isDeepStrictEqual(resource.values, before.values);
  return differs ? { action: 'update', resource, before } : { action: 'no-op', resource: before, before };
}

/** The plan as `terraform show -json` prints it: https://developer.hashicorp.com/terraform/internals/json-format */
export function renderPlanJson(plan: Plan, version: string): unknown {
  return {
    format_version: '1.2',
    terraform_version: version,
    resource_changes: plan.changes.map(({ action, resource, before }) => ({
      ...identity(resource),
      change: {
        actions: [action],
        before: before?.values ?? null,
        after: action === 'delete' ? null : resource.values,
        after_unknown: action === 'create' ? { id: true, arn: true } : {},
        before_sensitive: before === undefined ? false : {},
        after_sensitive: action === 'delete' ? false : {},
      },
    })),
    resource_drift: plan.drift.map(({ before, after }) => ({
      ...identity(before),
      change: {
        actions: [after === undefined ? 'delete' : 'update'],
        before: before.values,
        after: after?.values ?? null,
        after_unknown: {},
        before_sensitive: {},
        after_sensitive: {},
      },
    })),
    output_changes: {},
    applyable: isChange(plan),
    complete: true,
    errored: false,
  };
}

/** Whether there is something to do. */
export function isChange({ changes }: Plan): boolean {
  return changes.some(({ action }) => action !== 'no-op');
}

function identity(resource: Resource) {
  return {
    address: addressOf(resource),
    module_address: 'module.inference_endpoint',
    mode: 'managed',
    type: resource.type,
    name: resource.name,
    index: resource.index,
    provider_name: 'registry.terraform.io/hashicorp/aws',
  };
}
