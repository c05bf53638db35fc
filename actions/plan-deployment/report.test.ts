import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlanMeaning, UnshownChange } from '../lib/domain/plan/meaning.ts';
import type { PlanDecision } from '../lib/domain/plan/review.ts';
import type { PlannedResult } from '../lib/domain/plan/summary.ts';
import { reportDiagnostics } from '../lib/operations/report-diagnostics.ts';
import { SUMMARY_LIMIT } from '../lib/domain/text/size-budget.ts';
import { refusalOf, renderDeploymentSummary } from './report.ts';
import type { DeploymentPlan } from './run.ts';

const run = { repositoryUrl: 'https://github.example/acme/models' };
const commit = 'a'.repeat(40);
const NOBODY: PlanDecision = { kind: 'refused', reason: 'nobody is set to approve it' };

/** A plan of which nothing was shown, with that many resources, each with a value of that length. */
function planOf(resources: number, characters: number, decision: PlanDecision): DeploymentPlan {
  const value = (index: number) => `${String(index)}${'模'.repeat(characters)}`;
  const changes = Array.from({ length: resources }, (_, index) => ({
    subject: `terraform_data.r["${value(index)}"]`,
    type: 'terraform_data',
    action: 'update',
    values: [{ path: 'input', after: { kind: 'value' as const, text: value(index) } }],
  }));
  const counts = { create: 0, update: resources, replace: 0, delete: 0, import: 0, move: 0, forget: 0, read: 0 };
  const result: PlannedResult = {
    ...{ kind: 'planned', release: { kind: 'none' }, serving: null, counts },
    ...{ drift: [], outputs: [], statements: [], warnings: [], diagnostics: [] },
    resources: changes.map(({ subject: address, values }) => ({
      ...{ address, type: 'terraform_data', mode: 'managed', action: 'update' },
      ...{ previousAddress: null, importId: null, deposed: false },
      attributes: values.map((one) => ({ ...one, before: { kind: 'absent' }, forcesReplacement: false })),
    })),
  };
  const meaning: PlanMeaning = { live: null, changes };
  const unshown: UnshownChange[] = changes.map((now) => ({ now, shown: undefined }));
  const why = 'x'.repeat(characters);
  return {
    kind: 'planned',
    summary: {
      ...{ format: 1, environment: 'dev', promotionOrder: 1, headSha: commit, baseSha: null },
      ...{ run: { id: 7, attempt: 2 }, terraformVersion: '1.11.4', result },
    },
    ...{ meaning, digest: 'd'.repeat(64), serving: null, decision, waits: false },
    review: { unshown, commits: [{ commit, pullRequest: 1, shown: why }], isLiveShown: true },
  };
}

describe('renderDeploymentSummary', () => {
  it.each([
    [3, 9],
    [2_000, 9],
    [2_000, 100_000],
  ])('fits a job summary with %i changes of %i characters', (resources, characters) => {
    const text = renderDeploymentSummary('dev', planOf(resources, characters, NOBODY), run);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_LIMIT.most);
    expect(text).toContain('**Refused**: nobody is set to approve it.');
    expect(text).toContain('Not shown to the reviewers');
    expect(text).toContain('+ update terraform_data.r["0模');
  });

  it('names the artifact that Deploy uploads, and none where it uploads none', () => {
    const [kept, refused] = [{ kind: 'proceed' } as const, NOBODY].map((decision) =>
      renderDeploymentSummary('dev', planOf(9_000, 500, decision), run),
    );
    expect(kept).toContain('items are not shown here');
    expect(kept).toContain('The artifact `meaning-dev-2` of this run has every change');
    expect(refused).toContain('No artifact of this run has them.');
    const workflow = path.resolve(import.meta.dirname, '../../.github/workflows/deploy-environment.yml');
    expect(readFileSync(workflow, 'utf8')).toContain(
      'name: meaning-${{ inputs.environment }}-${{ github.run_attempt }}',
    );
  });
});

describe('annotations', () => {
  // https://docs.github.com/rest/checks/runs#create-a-check-run
  const MOST_BYTES = 65_536;

  it('of a refused plan are bounded', () => {
    const message = refusalOf('dev', planOf(2_000, 100_000, NOBODY))?.message ?? '';
    expect(message).toContain('+ update terraform_data.r["0模');
    expect(Buffer.byteLength(message)).toBeLessThan(MOST_BYTES);
  });

  it('of diagnostics are bounded', () => {
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const detail = `${'模'.repeat(1_000)}\n`.repeat(1_000);
    const diagnostics = [{ severity: 'warning' as const, summary: detail, detail, location: null }];
    reportDiagnostics('dev', diagnostics, { info: say, debug: say, warning: say, error: say });
    expect(said).toHaveLength(1);
    expect(Buffer.byteLength(said.join(''))).toBeLessThan(MOST_BYTES);
  });
});
