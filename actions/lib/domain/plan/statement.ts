import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { meaningSchema } from './meaning.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const statementSchema = z.strictObject({
  format: z.literal(1),
  environment: z.string(),
  pullRequest: z.int(),
  /** The head of the pull request, not the merge of it. */
  headSha: sha,
  baseSha: sha,
  run: z.strictObject({ id: z.int(), attempt: z.int() }),
  terraformVersion: z.string(),
  /** SHA-256 over every file that the plan was made from. */
  sourcesDigest: digest,
  lockFileDigest: digest.nullable(),
  meaning: meaningSchema,
});

/**
 * What a pull request's plan means, and what it was made for. The code of a pull request could forge it, so it is compared
 * and never executed, and counts only where the pull request changed content alone.
 */
export type Statement = z.output<typeof statementSchema>;

/** The file of an artifact that holds the statement; the name of an environment has no dot. */
export function statementFile(environment: string): string {
  return `${environment}.statement.json`;
}

/** The name of the artifact with a statement. */
export function statementArtifact(environment: string, attempt: number): string {
  return `statement-${environment}-${String(attempt)}`;
}

/** The attempt in the name of an artifact with a statement of this environment; undefined for any other artifact. */
export function attemptOfArtifact(name: string, environment: string): number | undefined {
  const attempt = Number(name.slice(name.lastIndexOf('-') + 1));
  return Number.isSafeInteger(attempt) && name === statementArtifact(environment, attempt) ? attempt : undefined;
}

/** @throws UserError when the file is no statement. */
export function parseStatement(file: JsonFile): Statement {
  return parseJsonFile(file, statementSchema, 'Let the pull request plan again with this version of the actions.');
}
