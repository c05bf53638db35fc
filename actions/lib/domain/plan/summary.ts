import { z } from 'zod';
import { costChangeSchema } from '../cost/fleet-cost.ts';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

/** One side of an attribute's change; `hidden` stands for any value that may not be shown. */
export const shownSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('value'), text: z.string() }),
  z.strictObject({ kind: z.literal('hidden') }),
  z.strictObject({ kind: z.literal('unknown') }),
]);

const attribute = z.strictObject({
  path: z.string(),
  before: shownSchema,
  /** `reordered`: the same elements in another order. */
  after: z.discriminatedUnion('kind', [...shownSchema.options, z.strictObject({ kind: z.literal('reordered') })]),
  forcesReplacement: z.boolean(),
});

const resource = z.strictObject({
  address: z.string(),
  type: z.string(),
  mode: z.enum(['managed', 'data']),
  action: z.enum(['no-op', 'create', 'read', 'update', 'replace', 'delete', 'forget']),
  previousAddress: z.string().nullable(),
  importId: z.string().nullable(),
  deposed: z.boolean(),
  attributes: z.array(attribute),
});

const statement = z.strictObject({
  change: z.enum(['added', 'removed']),
  address: z.string(),
  document: z.string(),
  /** The whole statement or grant. */
  text: z.string(),
  /** The same with its longest lists shortened, where that is needed. */
  brief: z.string().optional(),
});

const diagnostic = z.strictObject({
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string(),
  location: z.strictObject({ file: z.string(), line: z.int() }).nullable(),
});

const releaseFacts = z.strictObject({
  id: z.string(),
  image: z.string(),
  model: z.string().nullable(),
  instanceType: z.string(),
  instanceCount: z.int(),
  startupTimeoutSeconds: z.int(),
  commit: z.string(),
  promotedFrom: z.string().nullable(),
});

const release = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('unchanged'), live: releaseFacts }),
  z.strictObject({ kind: z.literal('first'), to: releaseFacts, environment: z.array(attribute) }),
  z.strictObject({
    kind: z.literal('changed'),
    from: releaseFacts,
    to: releaseFacts,
    /** Whether the new live release was already listed before: a rollback, or a roll forward again. */
    known: z.boolean(),
    environment: z.array(attribute),
  }),
  z.strictObject({ kind: z.literal('withdrawn'), from: releaseFacts }),
]);

const counts = z.strictObject({
  create: z.int(),
  update: z.int(),
  replace: z.int(),
  delete: z.int(),
  import: z.int(),
  move: z.int(),
  forget: z.int(),
  read: z.int(),
});

export const WARNING_IDS = [
  'endpoint-destroyed',
  'endpoint-replaced',
  'serving-release-dropped',
  'swap-without-alarms',
  'all-at-once-in-production',
  'canary-below-two-instances',
  'bakes-too-short',
  'wildcard-iam',
  'foreign-account',
  'public-access',
  'encryption-off',
  'key-deleted',
  'bucket-deleted',
  'retention-shortened',
  'drift-before-plan',
  'provisioner',
  'program-or-network',
  'provider-settings',
  'provider-not-locked',
  'lock-file-changed',
  'module-from-elsewhere',
  'root-module-changed',
  'policy-unknown',
  'masked-value-changes',
  'write-only-value',
  'resource-imported',
  'resource-forgotten',
  'resource-moved',
] as const;

const warning = z.strictObject({
  id: z.enum(WARNING_IDS),
  /** What it is about: a resource address, or the file of the environment. */
  subject: z.string(),
  found: z.string(),
});

const result = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('failed'),
    step: z.enum(['init', 'validate', 'plan', 'show']),
    diagnostics: z.array(diagnostic),
  }),
  z.strictObject({
    kind: z.literal('planned'),
    release,
    cost: costChangeSchema.optional(),
    /** The release that the endpoint served when the plan was made, where the endpoint exists and its config is ours. */
    serving: z.string().nullable(),
    counts,
    resources: z.array(resource),
    drift: z.array(resource),
    outputs: z.array(attribute),
    statements: z.array(statement),
    warnings: z.array(warning),
    diagnostics: z.array(diagnostic),
  }),
]);

const planSummary = z.strictObject({
  format: z.literal(1),
  environment: z.string().regex(/^[a-z0-9](?:-?[a-z0-9]){0,62}$/, 'the name of an environment'),
  promotionOrder: z.int(),
  headSha: z.string().regex(/^[0-9a-f]{40}$/),
  baseSha: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  run: z.strictObject({ id: z.int(), attempt: z.int() }),
  terraformVersion: z.string().nullable(),
  result,
});

/** What one environment's plan means: safe to show, and all that a comment or a job summary is rendered from. */
export type PlanSummary = z.output<typeof planSummary>;
export type PlannedResult = Extract<PlanSummary['result'], { kind: 'planned' }>;
export type FailedResult = Extract<PlanSummary['result'], { kind: 'failed' }>;
export type ResourceSummary = z.output<typeof resource>;
export type StatementChange = z.output<typeof statement>;
export type Diagnostic = z.output<typeof diagnostic>;
export type ReleaseChange = z.output<typeof release>;
export type ReleaseFacts = z.output<typeof releaseFacts>;
export type Counts = z.output<typeof counts>;
export type WarningId = (typeof WARNING_IDS)[number];
export type PolicyWarning = z.output<typeof warning>;

/**
 * A summary from the file that `terraform-plan` wrote.
 *
 * @throws UserError when the file is not such a summary.
 */
export function parsePlanSummary(file: JsonFile): PlanSummary {
  return parseJsonFile(
    file,
    planSummary,
    'Run the plan of this environment again with the same version of the actions.',
  );
}

/** The text of the file that carries a summary from the job of the plan to the job of the comment. */
export function renderPlanSummaryFile(summary: PlanSummary): string {
  return `${JSON.stringify(summary)}\n`;
}

/** Whether a plan would change anything: resources, outputs, or what Terraform knows of them. */
export function changesAnything(planned: PlannedResult): boolean {
  return planned.outputs.length > 0 || planned.resources.some(isChange);
}

/** Whether a resource is changed by applying the plan; reading a data source changes nothing. */
export function isChange(resource: ResourceSummary): boolean {
  return (
    (resource.action !== 'no-op' && resource.action !== 'read') ||
    resource.previousAddress !== null ||
    resource.importId !== null
  );
}
