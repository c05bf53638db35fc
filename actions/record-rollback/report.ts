import type { RecordResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs(result: RecordResult): Readonly<Record<string, string>> {
  return result.outcome === 'up-to-date'
    ? { outcome: result.outcome, 'pull-request': '', url: '' }
    : { outcome: result.outcome, 'pull-request': String(result.pullRequest), url: result.url };
}
