import type { SourceLocation } from '../domain/errors/user-error.ts';

/** Where an action says what it does: info per state change, warning only where somebody should act. */
export interface Reporter {
  info(message: string): void;
  debug(message: string): void;
  warning(message: string, location?: SourceLocation): void;
  error(message: string, location?: SourceLocation): void;
}
