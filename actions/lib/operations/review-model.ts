import type { ReviewLimits } from '../domain/model-review/limits.ts';
import { reviewModels, type ModelReview, type ReviewedModel } from '../domain/model-review/review.ts';
import type { ReviewRow, RowPair } from '../domain/model-review/row-difference.ts';
import type { DescribedModel } from '../domain/model-review/described-model.ts';
import type { ModelFiles, ModelPlace, ModelServers, RunningModel } from '../ports/model-servers.ts';

export interface ReviewOrder {
  readonly service: string;
  readonly base: ModelPlace & ModelFiles;
  readonly head: ModelPlace & ModelFiles;
  /** The rows, once the description of the model before is known. */
  readonly rows: (base: DescribedModel) => readonly ReviewRow[];
  readonly limits: ReviewLimits;
}

// Enough to use two processors; the times of both models are taken under the same load.
const CONCURRENCY = 4;

/**
 * Starts both models and asks them the same rows, each row of both in turn.
 *
 * @throws UserError when one of them does not start or says nothing of itself.
 */
export async function reviewModel(servers: ModelServers, order: ReviewOrder): Promise<ModelReview> {
  const running: RunningModel[] = [];
  try {
    const base = await servers.start(order.base);
    running.push(base);
    const head = await servers.start(order.head);
    running.push(head);
    const [before, after] = [await base.describe(), await head.describe()];
    const pairs = await askRows(distinctRows(order.rows(before)), base, head);
    const side = ({ digest, bytes }: ModelFiles, described: DescribedModel): ReviewedModel => ({
      ...{ digest, bytes, described },
    });
    const models = { base: side(order.base, before), head: side(order.head, after) };
    return reviewModels(order.service, models, pairs, order.limits);
  } finally {
    await Promise.all(running.map(async (model) => await model.stop()));
  }
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
  base: RunningModel,
  head: RunningModel,
): Promise<readonly RowPair[]> {
  const pairs: RowPair[] = [];
  const next = rows.entries();
  const ask = async (): Promise<void> => {
    for (const [index, row] of next) {
      // Every other row asks the candidate first, so that neither is always the one with the warm cache.
      const isBaseFirst = index % 2 === 0;
      const first = await (isBaseFirst ? base : head).ask(row);
      const second = await (isBaseFirst ? head : base).ask(row);
      pairs[index] = isBaseFirst ? { row, base: first, head: second } : { row, base: second, head: first };
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, ask));
  return pairs;
}
