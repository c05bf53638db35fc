import { UserError, type UserErrorParts } from '../../actions/lib/domain/errors/user-error.ts';

/** What is wrong with the content, or only worth knowing. */
export interface Finding {
  readonly kind: 'error' | 'warning';
  readonly parts: UserErrorParts;
}

/** The findings of a parser or reader: none where it succeeds, and then its value. */
export async function attempt<Value>(
  read: () => Value | Promise<Value>,
): Promise<{ readonly value: Value | undefined; readonly findings: readonly Finding[] }> {
  try {
    return { value: await read(), findings: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { value: undefined, findings: (error.parts.problems ?? [error.parts]).map(asError) };
  }
}

export function asError(parts: UserErrorParts): Finding {
  return { kind: 'error', parts };
}

export function asWarning(parts: UserErrorParts): Finding {
  return { kind: 'warning', parts };
}
