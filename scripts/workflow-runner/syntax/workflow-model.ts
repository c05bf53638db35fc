import { z } from 'zod';

/*
 * What the runner can carry out of a workflow. Every object is strict: a key that is missing here is one that the runner
 * would have to skip, so it is refused by name instead.
 */

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const oneOrMany = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const environment = z.record(z.string(), scalar).default({});
const condition = z.union([z.string(), z.boolean()]).optional();

const permissionScopes = [
  'actions',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'id-token',
  'issues',
  'pages',
  'pull-requests',
  'statuses',
] as const;

const permissions = z.partialRecord(z.literal(permissionScopes), z.literal(['read', 'write', 'none']));

const concurrency = z.union([
  z
    .string()
    .transform((group) => ({ group, 'cancel-in-progress': false as string | boolean, queue: 'single' as const })),
  z.strictObject({
    group: z.string(),
    'cancel-in-progress': z.union([z.boolean(), z.string()]).default(false),
    queue: z.literal(['single', 'max']).default('single'),
  }),
]);

const defaults = z.strictObject({
  run: z.strictObject({ shell: z.string().optional(), 'working-directory': z.string().optional() }),
});

/** A step of a job, or of a composite action. */
export const stepSchema = z
  .strictObject({
    id: z.string().optional(),
    name: z.string().optional(),
    if: condition,
    uses: z.string().optional(),
    with: z.record(z.string(), scalar).default({}),
    run: z.string().optional(),
    shell: z.string().optional(),
    env: environment,
    'working-directory': z.string().optional(),
    'continue-on-error': z.union([z.boolean(), z.string()]).default(false),
    'timeout-minutes': z.union([z.number(), z.string()]).optional(),
  })
  .refine((value) => (value.uses === undefined) !== (value.run === undefined), 'either uses or run');

const strategy = z.strictObject({
  'fail-fast': z.union([z.boolean(), z.string()]).default(true),
  'max-parallel': z.number().optional(),
  matrix: z.union([z.string(), z.record(z.string(), z.union([z.string(), z.array(z.unknown())]))]),
});

const job = z.strictObject({
  name: z.string().optional(),
  needs: oneOrMany.default([]),
  if: condition,
  'runs-on': z.string().optional(),
  'timeout-minutes': z.union([z.number(), z.string()]).optional(),
  permissions: permissions.optional(),
  outputs: z.record(z.string(), z.string()).default({}),
  environment: z
    .union([
      z.string().transform((name) => ({ name, deployment: true })),
      z.strictObject({ name: z.string(), url: z.string().optional(), deployment: z.boolean().default(true) }),
    ])
    .optional(),
  concurrency: concurrency.optional(),
  strategy: strategy.optional(),
  env: environment,
  defaults: defaults.optional(),
  'continue-on-error': z.union([z.boolean(), z.string()]).default(false),
  steps: z.array(stepSchema).optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), scalar).default({}),
  secrets: z.union([z.literal('inherit'), z.record(z.string(), z.string())]).optional(),
});

const filters = {
  branches: z.array(z.string()).optional(),
  'branches-ignore': z.array(z.string()).optional(),
  paths: z.array(z.string()).optional(),
  'paths-ignore': z.array(z.string()).optional(),
};

const input = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().default(false),
  type: z.literal(['string', 'boolean', 'number', 'choice', 'environment']).default('string'),
  default: scalar.optional(),
  options: z.array(z.string()).optional(),
});

type Input = z.output<typeof input>;
const inputs = z.record(z.string(), input).default({});
const empty = z.null().transform(() => ({}));

interface CallContract {
  readonly inputs: Record<string, Input>;
  readonly outputs: Record<string, { description?: string | undefined; value: string }>;
  readonly secrets: Record<string, { description?: string | undefined; required: boolean }>;
}

const triggers = z.strictObject({
  push: z.union([empty, z.strictObject(filters)]).optional(),
  pull_request: z.union([empty, z.strictObject({ ...filters, types: z.array(z.string()).optional() })]).optional(),
  merge_group: z.union([empty, z.strictObject({ types: z.array(z.string()).optional() })]).optional(),
  schedule: z.array(z.strictObject({ cron: z.string() })).optional(),
  workflow_dispatch: z
    .union([z.null().transform((): { inputs: Record<string, Input> } => ({ inputs: {} })), z.strictObject({ inputs })])
    .optional(),
  repository_dispatch: z.union([empty, z.strictObject({ types: oneOrMany.optional() })]).optional(),
  workflow_call: z
    .union([
      z.null().transform((): CallContract => ({ inputs: {}, outputs: {}, secrets: {} })),
      z.strictObject({
        inputs,
        outputs: z
          .record(z.string(), z.strictObject({ description: z.string().optional(), value: z.string() }))
          .default({}),
        secrets: z
          .record(
            z.string(),
            z.strictObject({ description: z.string().optional(), required: z.boolean().default(false) }),
          )
          .default({}),
      }),
    ])
    .optional(),
});

// `on: push` and `on: [push, pull_request]` are short for events without settings.
const on = z.preprocess((value: unknown) => {
  const listed: readonly unknown[] | undefined =
    typeof value === 'string' ? [value] : Array.isArray(value) ? value : undefined;
  return listed === undefined ? value : Object.fromEntries(listed.map((event) => [String(event), null]));
}, triggers);

/** A workflow file, decoded. */
export const workflowSchema = z.strictObject({
  name: z.string().optional(),
  'run-name': z.string().optional(),
  on,
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  env: environment,
  defaults: defaults.optional(),
  jobs: z.record(z.string(), job),
});

export type Workflow = z.output<typeof workflowSchema>;
export type Job = Workflow['jobs'][string];
export type Step = NonNullable<Job['steps']>[number];
export type Concurrency = z.output<typeof concurrency>;
export type WorkflowInputs = z.output<typeof inputs>;
export type RunDefaults = z.output<typeof defaults>['run'];
export type WorkflowPermissions = z.output<typeof permissions>;
export type Triggers = Workflow['on'];
