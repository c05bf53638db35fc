import { UserError } from '../lib/domain/errors/user-error.ts';
import { renderLimit, reviewHeadline } from '../lib/domain/model-review/render.ts';
import { reviewOutcome } from '../lib/domain/model-review/review.ts';
import { isBreaking, renderSignatureChange } from '../lib/domain/model-review/signature-changes.ts';
import { reviewArtifact, type ReviewSummary } from '../lib/domain/model-review/summary.ts';
import { logText } from '../lib/domain/text/markdown.ts';

/** The outputs of the action. */
export function renderOutputs({ service, run, result }: ReviewSummary, folder: string): Record<string, string> {
  return {
    outcome: reviewOutcome(result),
    'review-directory': folder,
    'review-artifact': reviewArtifact(service, run.attempt),
  };
}

/** The line of the log. */
export function renderLine(summary: ReviewSummary): string {
  return `${summary.service}: ${logText(reviewHeadline(summary))}`;
}

/** The error that a review ends with, or undefined where nothing is wrong with it. */
export function failureOf(
  { service, result }: Pick<ReviewSummary, 'service' | 'result'>,
  canBeAccepted: boolean,
): UserError | undefined {
  if (result.kind === 'not-compared') return undefined;
  if (result.kind === 'failed') {
    return new UserError({
      what: `The model of ${service} could not be reviewed`,
      where: `server/models/${service}`,
      expected: 'a candidate that starts and answers',
      found: logText(result.detail),
      remedy: `See it with \`MODEL_DIR=server/models/${service} npm run serve\`, and correct the model or its files.`,
    });
  }
  const { exceeded, signature } = result.review;
  if (exceeded.length > 0) {
    const file = `server/models/${service}/review.json`;
    return new UserError({
      what: `The model of ${service} changes more than review.json allows`,
      where: file,
      expected: exceeded.map(({ id, limit }) => `${id} at most ${String(limit)}`).join(', '),
      found: exceeded.map(renderLimit).join('; '),
      remedy: 'Correct the model, or change the limit in this pull request, where its reviewers see it.',
      location: { file },
    });
  }
  const breaking = signature.filter(isBreaking);
  if (breaking.length === 0 || canBeAccepted) return undefined;
  return new UserError({
    what: `The model of ${service} breaks its callers, and nobody can accept that here`,
    where: `server/models/${service}`,
    expected: 'the inputs and outputs of the model before',
    found: logText(breaking.slice(0, MOST_BREAKING).map(renderSignatureChange).join('; ')),
    remedy: 'Let somebody who may write push the branch to this repository: there its reviewers accept the change.',
  });
}

const MOST_BREAKING = 5;
