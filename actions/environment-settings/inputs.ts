import { z } from 'zod';
import { optionalText, requiredText } from '../lib/domain/action-inputs/parse.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  environment: optionalText,
  service: optionalText,
  'working-directory': requiredText('a folder'),
});

export type EnvironmentSettingsInputs = z.output<typeof inputs>;
