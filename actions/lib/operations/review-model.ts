import { UserError } from '../domain/errors/user-error.ts';
import type { ReviewLimits } from '../domain/model-review/limits.ts';
import { reviewModels, type ReviewedModel } from '../domain/model-review/review.ts';
import { rowResult, type ReviewRow, type RowResult } from '../domain/model-review/row-difference.ts';
import type { DescribedModel } from '../domain/model-review/described-model.ts';
import type { ReviewResult } from '../domain/model-review/summary.ts';
import type { Clock } from '../ports/clock.ts';
import type { ModelFiles, ModelPlace, ModelServers, RunningModel } from '../ports/model-servers.ts';

export interface ReviewOrder {
  readonly service: string;
  readonly base: ModelPlace & ModelFiles;
  readonly head: ModelPlace & ModelFiles;
  /** The rows, the most important first, once the description of the model before is known. */
  readonly rows: (base: DescribedModel) => readonly ReviewRow[];
  readonly limits: ReviewLimits;
  /** Labels that may be shown of the answers to captured rows; left out none. */
  readonly visibleLabels?: ReadonlySet<string>;
}

// Enough to use two processors; the times of both models are taken under the same load.
const CONCURRENCY = 4;
// A model that leaves so many rows without an answer is broken, and each of them takes its whole time.
const MOST_UNANSWERED = 3;
// As long as a review may ask; rows for which there is no time are left out.
const ASKING_MILLISECONDS = 300_000;

/**
 * Starts both models and asks them the same rows, each row of both in turn. Where the model before does not run, nothing is
 * compared.
 *
 * @throws UserError when the candidate does not start, or does not answer.
 */
export async function reviewModel(
  servers: ModelServers,
  clock: Pick<Clock, 'monotonic'>,
  order: ReviewOrder,
): Promise<Exclude<ReviewResult, { kind: 'failed' }>> {
  const running: RunningModel[] = [];
  const start = async (place: ModelPlace): Promise<Started> => {
    const model = await servers.start(place);
    running.push(model);
    return { model, described: await model.describe() };
  };
  try {
    const base = await start(order.base).catch(notRunning);
    if ('kind' in base) return base;
    const head = await start(order.head);
    const asked = await askRows(distinctRows(order.rows(base.described)), { base, head }, order, clock);
    if ('kind' in asked) return asked;
    const side = ({ digest, bytes }: ModelFiles, { described }: Started): ReviewedModel => ({
      ...{ digest, bytes, described },
    });
    const models = { base: side(order.base, base), head: side(order.head, head) };
    return { kind: 'compared', review: reviewModels(order.service, models, asked, order.limits, order.visibleLabels) };
  } finally {
    await Promise.all(running.map(async (model) => await model.stop()));
  }
}

interface Started {
  readonly model: RunningModel;
  readonly described: DescribedModel;
}

type NotCompared = Extract<ReviewResult, { kind: 'not-compared' }>;

// A pull request that mends a model which does not run must not fail by it.
function notRunning(error: unknown): NotCompared {
  if (!(error instanceof UserError)) throw error;
  const { what, found } = error.parts;
  return { kind: 'not-compared', why: 'base-does-not-start', detail: `${what}: ${found ?? ''}` };
}

/** The rows without those that ask the same again: environments often share their smoke cases. */
function distinctRows(rows: readonly ReviewRow[]): readonly ReviewRow[] {
  const distinct = new Map<string, ReviewRow>();
  for (const row of rows) {
    const key = `${row.contentType}\n${row.accept ?? ''}\n${Buffer.from(row.body).toString('base64')}`;
    if (!distinct.has(key)) distinct.set(key, row);
  }
  return [...distinct.values()];
}

async function askRows(
  rows: readonly ReviewRow[],
  models: { readonly base: Started; readonly head: Started },
  places: Pick<ReviewOrder, 'base' | 'head'>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<{ readonly results: readonly RowResult[]; readonly notAskedCount: number } | NotCompared> {
  const described = { base: models.base.described, head: models.head.described };
  const results: RowResult[] = [];
  const unanswered = { base: 0, head: 0 };
  let broken: { readonly side: 'base' | 'head'; readonly why: string } | undefined;
  const askOne = async (side: 'base' | 'head', row: ReviewRow) => {
    const { model } = models[side];
    const answer = await model.ask(row);
    if (answer.kind === 'answered') return answer;
    unanswered[side] += 1;
    const ended = model.ended();
    if (ended !== undefined) broken ??= { side, why: ended };
    else if (unanswered[side] >= MOST_UNANSWERED) {
      broken ??= { side, why: `${String(MOST_UNANSWERED)} rows without an answer, the last one: ${answer.why}` };
    }
    return answer;
  };
  const end = clock.monotonic() + ASKING_MILLISECONDS;
  const next = rows.entries();
  const ask = async (): Promise<void> => {
    for (const [index, row] of next) {
      if (broken !== undefined || clock.monotonic() > end) return;
      // Every other row asks the candidate first, so that neither is always the one with the warm cache.
      const [one, other] = index % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const);
      const answers = { [one]: await askOne(one, row), [other]: await askOne(other, row) };
      const { base, head } = answers;
      if (base !== undefined && head !== undefined) results[index] = rowResult(row, { base, head }, described);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, ask));
  if (broken?.side === 'base') return notRunning(brokenModel(places.base, broken.why));
  if (broken !== undefined) throw brokenModel(places.head, broken.why);
  // In the order of the rows, without those that were not asked.
  const asked = Object.values(results);
  return { results: asked, notAskedCount: rows.length - asked.length };
}

function brokenModel({ what, modelFolder }: ModelPlace, why: string): UserError {
  return new UserError({
    what: `${what} does not answer`,
    where: modelFolder,
    expected: 'an answer to each row',
    found: why,
    remedy: 'Correct the model, or take the row out where no model can answer it in time.',
  });
}
