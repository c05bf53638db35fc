import { z } from 'zod';
import { tryParseJson } from '../json/try-parse.ts';

const acceptance = z.looseObject({ unprotected: z.literal('accepted') });

/** What the commit said that was applied last; undefined where it has no such file. */
interface AppliedTexts {
  readonly environmentFile: string | undefined;
  /** The JSON Schema of that version of the product. */
  readonly schema: string | undefined;
}

/**
 * Whether an environment needs no protection on GitHub: it says so, and said so when it was applied last, so that a change
 * can't lift the protection for itself. Where nothing is applied yet, or an older version of the product didn't know the
 * setting, there is nothing to lift.
 *
 * @param applied - Undefined where nothing was applied yet.
 */
export function isUnprotected(now: 'accepted' | undefined, applied: AppliedTexts | undefined): boolean {
  if (now !== 'accepted') return false;
  if (applied === undefined || applied.schema?.includes('"unprotected"') === false) return true;
  return acceptance.safeParse(tryParseJson(applied.environmentFile ?? '')).success;
}
