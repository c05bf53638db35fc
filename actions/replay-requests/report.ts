import { reviewHeadline } from '../lib/domain/model-review/render.ts';
import { hasSameAnswers } from '../lib/domain/model-review/review.ts';
import type { ReplaySummary } from '../lib/domain/replay/summary.ts';
import { logText } from '../lib/domain/text/markdown.ts';

/** The outputs of the action. */
export function renderOutputs({ review: { result } }: ReplaySummary, folder: string): Record<string, string> {
  const outcome = result.kind !== 'compared' ? result.kind : hasSameAnswers(result.review) ? 'same' : 'differs';
  return { outcome, 'replay-directory': folder };
}

/** The line of the log. */
export function renderLine({ environment, sample, review }: ReplaySummary): string {
  return `${environment}, ${String(sample.requests)} captured requests: ${logText(reviewHeadline(review))}`;
}
