import { z } from 'zod';
import { reviewFileSchema, type ReviewLimits } from '../model-review/limits.ts';
import type { ReviewRow } from '../model-review/row-difference.ts';

const side = z.strictObject({
  what: z.string(),
  bundle: z.string(),
  modelFolder: z.string(),
  digest: z.string(),
  bytes: z.number(),
});
const row = z.strictObject({ contentType: z.string(), body: z.base64() });

const orderSchema = z.strictObject({
  service: z.string(),
  base: side,
  head: side,
  rows: z.array(row),
  limits: reviewFileSchema,
  visibleLabels: z.array(z.string()),
  /** Folders that nothing in the isolated process may write to. */
  readOnly: z.array(z.string()),
});

type WrittenOrder = z.output<typeof orderSchema>;

/** What the process that loads the models is told to compare, and all that it is told. */
export interface IsolatedOrder extends Pick<WrittenOrder, 'service' | 'base' | 'head' | 'readOnly'> {
  readonly rows: readonly Pick<ReviewRow, 'contentType' | 'body'>[];
  readonly limits: ReviewLimits;
  readonly visibleLabels: ReadonlySet<string>;
}

/** The order as the text that the process reads. */
export function renderIsolatedOrder({ rows, visibleLabels, ...order }: IsolatedOrder): string {
  const written: WrittenOrder = {
    ...order,
    rows: rows.map(({ contentType, body }) => ({ contentType, body: Buffer.from(body).toString('base64') })),
    visibleLabels: [...visibleLabels],
  };
  return JSON.stringify(written);
}

/** @throws Error when the text is no order; the error holds nothing of it. */
export function parseIsolatedOrder(text: string): IsolatedOrder {
  const { data } = orderSchema.safeParse(JSON.parse(text));
  if (data === undefined) throw new Error('the order is not one of this version of the action');
  return {
    ...data,
    rows: data.rows.map(({ contentType, body }) => ({ contentType, body: Buffer.from(body, 'base64') })),
    visibleLabels: new Set(data.visibleLabels),
  };
}
