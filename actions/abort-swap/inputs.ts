import { z } from 'zod';
import { parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { optionalRoleArn } from '../lib/domain/action-inputs/swap.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: requiredText('the name of a folder under environments/'),
  'working-directory': requiredText('the root of the repository'),
  'role-arn': optionalRoleArn,
});

export type AbortSwapInputs = z.output<typeof inputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parseAbortSwapInputs(read: (name: string) => string): AbortSwapInputs {
  return parseInputs(inputs, read);
}
