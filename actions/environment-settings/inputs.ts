import { z } from 'zod';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: optionalText,
  service: optionalText,
  'working-directory': requiredText('a folder'),
});

export type EnvironmentSettingsInputs = z.output<typeof inputs>;

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parseEnvironmentSettingsInputs(read: (name: string) => string): EnvironmentSettingsInputs {
  return parseInputs(inputs, read);
}
