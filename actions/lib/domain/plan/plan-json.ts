import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';

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

const planJson = z.looseObject({
  format_version: z.string().regex(/^1\./, 'a plan in major format version 1'),
  terraform_version: z.string(),
  resource_changes: z.array(resourceChange).default([]),
  resource_drift: z.array(resourceChange).default([]),
  output_changes: z.record(z.string(), change).default({}),
  variables: z.record(z.string(), variable).default({}),
  planned_values: z.looseObject({ outputs: outputValues.default({}) }).optional(),
  configuration: z
    .looseObject({
      root_module: z
        .looseObject({
          variables: z.record(z.string(), z.looseObject({ sensitive: z.boolean().optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
  errored: z.boolean().default(false),
  complete: z.boolean().default(true),
});

/** A plan as `terraform show -json` describes it: everything in clear, sensitive values included. */
export type PlanJson = z.output<typeof planJson>;
export type PlannedResource = z.output<typeof resourceChange>;
export type PlannedChange = z.output<typeof change>;

/**
 * A plan from the text of `terraform show -json PLANFILE`.
 *
 * @throws UserError when it is not a plan in a format that this version understands.
 */
export function parsePlanJson(text: string): PlanJson {
  const result = planJson.safeParse(parseText(text));
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw unreadable(first?.message ?? 'a plan', `another value at ${first?.path.join('.') ?? '(root)'}`);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
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
    what: 'The plan cannot be read',
    where: 'terraform show -json',
    expected,
    found,
    remedy: 'Use a Terraform whose plan JSON has the major format version 1 (Terraform 1.x).',
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
