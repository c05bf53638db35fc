import { z } from 'zod';

/** A full commit SHA, or undefined where the input is empty or names no commit (a new branch: forty zeros). */
export const optionalSha = z
  .string()
  .regex(/^(?:[0-9a-f]{40})?$/, 'a full commit SHA: 40 hex digits, or nothing')
  .transform((text) => (text === '' || /^0+$/.test(text) ? undefined : text));

/** The digest of a plan's meaning, or undefined where the input is empty. */
export const optionalDigest = z
  .string()
  .regex(/^(?:[0-9a-f]{64})?$/, 'the digest of a plan: 64 hex digits, or nothing')
  .transform((text) => (text === '' ? undefined : text));

/** A whole number as text, or undefined where the input is empty. */
export const optionalId = z
  .string()
  .regex(/^\d{0,15}$/, 'a number, or nothing')
  .transform((text) => (text === '' ? undefined : Number(text)));

/** A JSON array of environment names. */
export const environmentNames = z.string().transform((text, context) => {
  if (text === '') return [];
  try {
    const parsed = z.array(z.string()).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON at all: the same answer.
  }
  context.addIssue({ code: 'custom', message: 'a JSON array of environment names, such as ["dev","staging"]' });
  return z.NEVER;
});
