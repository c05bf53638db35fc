import { UserError } from '../lib/domain/errors/user-error.ts';
import { renderSmoke } from '../lib/domain/swap/report.ts';
import type { SmokeTestResult } from './run.ts';

/** The outputs of the action. */
export function renderOutputs({ release, report }: SmokeTestResult): Readonly<Record<string, string>> {
  return {
    verdict: report.verdict,
    reason: report.reason,
    release,
    requests: String(report.requests),
    'p50-milliseconds': report.p50Milliseconds === null ? '' : String(report.p50Milliseconds),
    'p99-milliseconds': report.p99Milliseconds === null ? '' : String(report.p99Milliseconds),
  };
}

/** The job summary, as Markdown. */
export function renderSummary({ environment, endpointName: name, release, report }: SmokeTestResult): string {
  return [
    `## ${report.verdict === 'successful' ? '✅' : '❌'} Smoke test of ${environment}: ${report.verdict}`,
    '',
    `Endpoint \`${name}\`, release \`${release}\`.`,
    '',
    ...renderSmoke(report),
    '',
  ].join('\n');
}

/** The error that the job ends with, or null where the test is successful. */
export function failureOf({ environment, endpointName: name, report }: SmokeTestResult): UserError | null {
  switch (report.verdict) {
    case 'successful':
      return null;
    case 'failed':
      return new UserError({
        what: `The smoke test of ${environment} failed`,
        where: `endpoint ${name}`,
        found: report.reason,
        remedy: 'Nothing was changed. Look at the case; the rollback workflow goes back to the last verified release.',
      });
    case 'inconclusive':
      return new UserError({
        what: `The smoke test of ${environment} is inconclusive`,
        where: `endpoint ${name}`,
        found: report.reason,
        remedy: 'Nothing was changed. Look at the probe first (credentials, region, network), then run this job again.',
      });
  }
}
