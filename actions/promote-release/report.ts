import type { PromotionResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs(result: PromotionResult): Readonly<Record<string, string>> {
  const proposed = result.outcome === 'opened' || result.outcome === 'updated' ? result : undefined;
  return {
    outcome: result.outcome,
    environment: result.outcome === 'last' ? '' : result.environment,
    release: proposed?.release ?? '',
    'pull-request': proposed === undefined ? '' : String(proposed.pullRequest),
    url: proposed?.url ?? '',
  };
}

/** The job summary. */
export function renderSummary(result: PromotionResult): string {
  switch (result.outcome) {
    case 'opened':
    case 'updated':
      return `### Promotion to ${result.environment}\n\nPull request [#${result.pullRequest}](${result.url}) ${result.outcome}: release \`${result.release}\`.\n`;
    case 'up-to-date':
    case 'superseded':
    case 'not-verified':
    case 'rejected':
    case 'not-configured':
      return `### Promotion to ${result.environment}\n\nNothing proposed (${result.outcome}): ${result.reason}\n`;
    case 'last':
      return `### Promotion\n\nNothing to propose: ${result.reason}\n`;
  }
}
