import { z } from 'zod';
import { optionalText, requiredText, wholeNumber } from '../lib/domain/action-inputs/parse.ts';
import { optionalId } from '../lib/domain/action-inputs/plan.ts';
import { optionalReleaseId, secondsAsMilliseconds } from '../lib/domain/action-inputs/swap.ts';
import { NOTIFIED_OUTCOMES } from '../lib/domain/notification/message.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  outcome: z.literal(NOTIFIED_OUTCOMES, `one of ${NOTIFIED_OUTCOMES.join(', ')}`),
  task: z.literal(['deploy', 'rollback'], 'deploy or rollback'),
  release: optionalReleaseId,
  'serving-release': optionalReleaseId,
  detail: optionalText,
  issue: optionalId,
  url: z.string(),
  secret: z.string(),
  attempts: wholeNumber(1, 5, 'attempts'),
  'timeout-seconds': secondsAsMilliseconds(0.01, 30),
  'working-directory': requiredText('the root of the repository'),
});

export type NotifyInputs = z.output<typeof inputs>;
