import { z } from 'zod';
import { parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalReleaseId } from '../lib/domain/action-inputs/swap.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  release: optionalReleaseId,
  'working-directory': requiredText('the root of the repository'),
});

export type SmokeTestInputs = z.output<typeof inputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parseSmokeTestInputs(read: (name: string) => string): SmokeTestInputs {
  return parseInputs(inputs, read);
}
