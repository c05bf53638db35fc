import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)], 'a text, or a list of texts');

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.literal(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const policyFileSchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(statement).min(1, 'at least one statement'),
});

/**
 * The further statements of an execution role.
 *
 * @throws UserError when the file is no policy of statements with actions and resources; a principal has no place in it.
 */
export function parsePolicyFile(file: JsonFile): z.output<typeof policyFileSchema> {
  return parseJsonFile(file, policyFileSchema, 'Write an IAM policy document with "Version" and "Statement".');
}
