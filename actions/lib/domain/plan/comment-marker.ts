import { z } from 'zod';

const plan = z.strictObject({
  format: z.literal(1),
  pullRequest: z.int(),
  headSha: z.string().regex(/^[0-9a-f]{40}$/),
  baseSha: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  runId: z.int(),
  runAttempt: z.int(),
  environments: z.array(z.string()),
  /** Void: the head or the base has moved since. */
  state: z.enum(['current', 'void']),
});

/** What a comment knows of itself, in a hidden line: whose it is, what it was made for, and by which run. */
export type PlanMarker = z.output<typeof plan>;

const PREFIX = '<!-- sagemaker-gitops:plan ';
const PATTERN = /^<!-- sagemaker-gitops:plan ([A-Za-z0-9_-]+) -->$/m;

/** The hidden line. Its content is base64url, so that nothing in it can end it. */
export function renderMarker(marker: PlanMarker): string {
  return `${PREFIX}${Buffer.from(JSON.stringify(marker)).toString('base64url')} -->`;
}

/** The marker in the first line of a comment's body, or undefined where the comment is not one of these. */
export function parseMarker(body: string): PlanMarker | undefined {
  const [first = ''] = body.split(/\r?\n/, 1);
  const encoded = PATTERN.exec(first)?.[1];
  if (encoded === undefined) return undefined;
  try {
    const result = plan.safeParse(JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a marker was made by a later run than another one; run ids grow, and attempts within a run. */
export function isNewer(marker: PlanMarker, other: PlanMarker): boolean {
  return marker.runId === other.runId ? marker.runAttempt > other.runAttempt : marker.runId > other.runId;
}

/** Where the links of a comment lead. */
export interface PlanLinks {
  /** Such as `https://github.com/OWNER/REPOSITORY`. */
  readonly repositoryUrl: string;
}

/** Where a person sees the run that made a comment. */
export function runUrl(marker: PlanMarker, links: PlanLinks): string {
  return `${links.repositoryUrl}/actions/runs/${String(marker.runId)}/attempts/${String(marker.runAttempt)}`;
}
