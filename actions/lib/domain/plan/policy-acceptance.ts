import { WARNING_IDS, type WarningId } from './summary.ts';

/** A warning that somebody accepted in the description of a pull request. */
export interface Acceptance {
  readonly id: WarningId;
  readonly environment: string;
  readonly reason: string;
}

const LINE = /^\s*(?:[-*]\s+)?Accept-Plan-Warning:\s*(\S+)\s+(\S+)\s*(.*?)\s*$/i;

/**
 * The acceptances in a pull request's description: lines `Accept-Plan-Warning: ID ENVIRONMENT reason`. A line without a
 * reason, or with an unknown id, accepts nothing.
 */
export function parseAcceptances(description: string): readonly Acceptance[] {
  // What a template says inside an HTML comment is not said by the author.
  const lines = description.replaceAll(/<!--[\s\S]*?(?:-->|$)/g, '').split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, id, environment, reason] = LINE.exec(line) ?? [];
    const known = WARNING_IDS.find((candidate) => candidate === id);
    if (known === undefined || environment === undefined || reason === undefined || reason === '') return [];
    return [{ id: known, environment, reason }];
  });
}

/** The acceptance of a warning in an environment, or undefined where there is none. */
export function findAcceptance(
  acceptances: readonly Acceptance[],
  id: WarningId,
  environment: string,
): Acceptance | undefined {
  return acceptances.find((acceptance) => acceptance.id === id && acceptance.environment === environment);
}
