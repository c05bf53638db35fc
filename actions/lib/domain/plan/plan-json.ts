import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { parseExactJson } from '../json/exact.ts';

// The JSON output format of Terraform: https://developer.hashicorp.com/terraform/internals/json-format
// Its compatibility promise: within a major version only additions, so unknown members are let through.
const actions = z
  .array(z.enum(['no-op', 'create', 'read', 'update', 'delete', 'forget']))
  .min(1)
  .max(2);

const change = z.looseObject({
  actions,
  // A value that is not known yet is left out.
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  after_unknown: z.unknown().optional(),
  before_sensitive: z.unknown().optional(),
  after_sensitive: z.unknown().optional(),
  replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
  importing: z.looseObject({ id: z.string().optional() }).optional(),
});

const resourceChange = z.looseObject({
  address: z.string(),
  previous_address: z.string().optional(),
  mode: z.enum(['managed', 'data']),
  type: z.string(),
  name: z.string(),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

const variable = z.looseObject({ value: z.unknown().optional() });

const outputValues = z.record(z.string(), z.looseObject({ sensitive: z.boolean(), value: z.unknown().optional() }));

const configurationModule = z.looseObject({
  variables: z.record(z.string(), z.looseObject({ sensitive: z.boolean().optional() })).optional(),
  resources: z
    .array(
      z.looseObject({
        address: z.string(),
        /** Such as `managed`, `data` or `ephemeral`. */
        mode: z.string(),
        type: z.string(),
        provisioners: z.array(z.looseObject({ type: z.string() })).default([]),
        expressions: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
  get module_calls() {
    return z.record(z.string(), moduleCall).default({});
  },
});

const moduleCall = z.looseObject({ source: z.string().default(''), module: configurationModule.optional() });

const providerConfiguration = z.looseObject({
  full_name: z.string().default(''),
  expressions: z.record(z.string(), z.unknown()).default({}),
});

const configuration = z.looseObject({
  provider_config: z.record(z.string(), providerConfiguration).default({}),
  root_module: configurationModule.optional(),
});

const stateModule = z.looseObject({
  resources: z
    .array(z.looseObject({ values: z.unknown().optional(), sensitive_values: z.unknown().optional() }))
    .default([]),
  get child_modules() {
    return z.array(stateModule).default([]);
  },
});

const planJson = z.looseObject({
  // 0.1 and 0.2 are those of Terraform 0.12 to 1.0, and 1.0 differs from them in the promise of compatibility alone.
  format_version: z.string().regex(/^[01]\.\d+$/, 'the format version 0.x or 1.x'),
  terraform_version: z.string().optional(),
  resource_changes: z.array(resourceChange).default([]),
  resource_drift: z.array(resourceChange).default([]),
  output_changes: z.record(z.string(), change).default({}),
  variables: z.record(z.string(), variable).default({}),
  planned_values: z.looseObject({ outputs: outputValues.default({}) }).optional(),
  /** What was there before, with what data sources gave. */
  prior_state: z.looseObject({ values: z.looseObject({ root_module: stateModule.optional() }).optional() }).optional(),
  configuration: configuration.optional(),
  /** Programs that Terraform runs beside changing resources, since 1.14. */
  action_invocations: z.array(z.looseObject({ address: z.string(), type: z.string() })).default([]),
  errored: z.boolean().default(false),
  complete: z.boolean().default(true),
});

/**
 * A plan as `terraform show -json` describes it: everything in clear, sensitive values included. A number that JavaScript
 * can't hold is a JsonLiteral.
 */
export type PlanJson = z.output<typeof planJson>;
export type PlannedResource = z.output<typeof resourceChange>;
export type PlannedChange = z.output<typeof change>;
export type ConfigurationModule = z.output<typeof configurationModule>;
export type StateModule = z.output<typeof stateModule>;

/**
 * A plan from the text of `terraform show -json PLANFILE`.
 *
 * @throws UserError when it is not a plan in a format that this version understands.
 */
export function parsePlanJson(text: string): PlanJson {
  const json = parseText(text);
  const result = planJson.safeParse(json);
  if (!result.success) {
    const [first] = result.error.issues;
    if (first?.path[0] === 'format_version') {
      throw unreadable('the format version 0.x or 1.x', foundVersion(json));
    }
    throw unreadable(first?.message ?? 'a plan', `another value at ${first?.path.join('.') ?? '(root)'}`);
  }
  const unmarked = result.data.resource_changes.find(({ change }) => !isMarked(change));
  if (unmarked === undefined) return result.data;
  // Terraform before 0.15 marks nothing: what it says of a resource may hold a secret.
  throw unreadable('a plan that marks sensitive values', `none of its marks at ${unmarked.address}`);
}

function foundVersion(json: unknown): string {
  const { data } = z.looseObject({ format_version: z.string() }).safeParse(json);
  return data === undefined ? 'no format version' : `the format version ${data.format_version.slice(0, 20)}`;
}

// Each side that has a value has a mark, be it false or an empty object.
function isMarked(change: PlannedChange): boolean {
  const sides = [
    [change.before, change.before_sensitive],
    [change.after, change.after_sensitive],
  ];
  return sides.every(([value, mark]) => value === null || value === undefined || mark !== undefined);
}

function parseText(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    // The text may hold secrets, and V8 quotes it in the message: neither the message nor the cause may be shown.
    throw unreadable(
      'JSON',
      `${String(text.length)} characters that are not JSON (${error instanceof Error ? error.name : 'error'})`,
    );
  }
}

function unreadable(expected: string, found: string): UserError {
  return new UserError({
    what: `The plan cannot be read: expected ${expected}, found ${found}`,
    where: 'terraform show -json',
    remedy: 'Plan with Terraform 1.x, which prints the format 1.x and marks sensitive values.',
  });
}

/** What a planned change does to one resource. */
export type ResourceAction = 'no-op' | 'create' | 'read' | 'update' | 'replace' | 'delete' | 'forget';

/** One word for the list of actions that the plan gives: a pair is a replacement, whichever comes first. */
export function resourceAction(planned: Pick<PlannedChange, 'actions'>): ResourceAction {
  const [first, second] = planned.actions;
  if (second !== undefined) return 'replace';
  return first ?? 'no-op';
}

/**
 * The values of the outputs that are not sensitive, from what Terraform says of outputs in any of its formats: by name an
 * object with `sensitive` and `value`.
 */
export function parseOutputValues(outputs: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(outputValues.parse(outputs)).flatMap(([name, output]) =>
      output.sensitive ? [] : [[name, output.value]],
    ),
  );
}

/** The outputs that are not sensitive, as they stand after a plan that changes nothing. */
export function plannedOutputs(plan: PlanJson): Readonly<Record<string, unknown>> {
  return parseOutputValues(plan.planned_values?.outputs ?? {});
}
