import { reviewHeadline } from '../lib/domain/model-review/render.ts';
import { reviewOutcome } from '../lib/domain/model-review/review.ts';
import type { ReplaySummary } from '../lib/domain/replay/summary.ts';
import { logText } from '../lib/domain/text/markdown.ts';

/** The outputs of the action. */
export function renderOutputs({ review: { result } }: ReplaySummary, folder: string): Record<string, string> {
  return { outcome: reviewOutcome(result), 'replay-directory': folder };
}

/** The line of the log. */
export function renderLine({ environment, sample, review }: ReplaySummary): string {
  return `${environment}, ${String(sample.requests)} captured requests: ${logText(reviewHeadline(review))}`;
}
