import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseFileOf, releaseSpec } from '../../testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { renderPlanComment } from './comment.ts';
import { parseMessage, parseValidation, showDiagnostic } from './diagnostics.ts';
import { parsePlanJson } from './plan-json.ts';
import { meaningOf } from './meaning.ts';
import { planVisibility, summarisePlan } from './summarise.ts';
import type { PlannedResult, PlanSummary } from './summary.ts';
import { renderPlanText } from './text.ts';
import { parseReleaseFile } from '../release/release.ts';
import { createScrubber } from './redact.ts';

/** Plans of the real Terraform; scripts/fixtures/plans.ts makes them anew. */
const FIXTURES = path.join(import.meta.dirname, '__fixtures__/plans');
const cases = readdirSync(FIXTURES);
const environment = { ...VALID_ENVIRONMENT, visibleEnvironmentKeys: ['LOG_LEVEL'], name: 'dev' };
const [before, after] = [
  releaseSpec('a', { environment: { LOG_LEVEL: 'info', TOKEN: 'a-hidden-value' } }),
  releaseSpec('b', { instanceCount: 3, environment: { LOG_LEVEL: 'debug', TOKEN: 'a-hidden-value' } }),
];

function releases(...specs: Parameters<typeof releaseSpec>[1][]): ReturnType<typeof parseReleaseFile> {
  const complete = specs.map((spec) => ({ ...before, ...spec }));
  return parseReleaseFile({ path: 'release.json', text: JSON.stringify(releaseFileOf(...complete)) });
}

function read(name: string, file: string): string {
  return readFileSync(path.join(FIXTURES, name, file), 'utf8');
}

function planned(name: string): PlannedResult {
  return summarisePlan(parsePlanJson(read(name, 'plan.json')), {
    environment,
    baseEnvironment: environment,
    release: name === 'create' ? releases(before, after) : releases(before),
    baseRelease: releases(before),
    isProduction: false,
    diagnostics: [],
    terraformFiles: [{ path: 'environments/dev/main.tf', text: read(name, 'main.tf') }],
    sources: ['environments', 'modules'],
    rootModule: undefined,
  });
}

function failed(name: string): PlanSummary['result'] {
  const text = read(name, 'messages.jsonl');
  const found = name.endsWith('validate')
    ? parseValidation(text)
    : text.split('\n').flatMap((line) => parseMessage(line)?.diagnostic ?? []);
  const diagnostics = found.map((diagnostic) => showDiagnostic(diagnostic, 'environments/dev', createScrubber([])));
  const step = name.endsWith('init') ? 'init' : name.endsWith('validate') ? 'validate' : 'plan';
  return { kind: 'failed', step, diagnostics };
}

function summaryOf(name: string): PlanSummary {
  return {
    format: 1,
    environment: 'dev',
    promotionOrder: 1,
    headSha: 'a'.repeat(40),
    baseSha: 'b'.repeat(40),
    run: { id: 7, attempt: 1 },
    terraformVersion: '1.11.4',
    result: name.startsWith('error-') ? failed(name) : planned(name),
  };
}

function render(summary: PlanSummary): string {
  const { headSha, baseSha } = summary;
  return renderPlanComment({
    origin: {
      headSha,
      baseSha,
      runId: 7,
      runAttempt: 1,
    },
    summaries: [summary],
    missing: [],
    notConfigured: [],
    reviews: [],
    missingReviews: [],
    acceptances: { kind: 'open' },
    links: { repositoryUrl: 'https://github.example/acme/models' },
  });
}

describe('golden plans', () => {
  it('has every kind of plan', () => {
    expect(cases.sort()).toEqual([
      'create',
      'data-source',
      'destroy',
      'drift',
      'error-init',
      'error-plan',
      'error-validate',
      'forget',
      'hidden',
      'import',
      'moved',
      'no-op',
      'odd-keys',
      'policy',
      'replace',
      'sensitive',
      'unknown',
      'update',
    ]);
  });

  it.each(cases)('%s is rendered as it was', async (name) => {
    await expect(render(summaryOf(name))).toMatchFileSnapshot(path.join(FIXTURES, name, 'rendered.md'));
  });

  // Terraform's own text is the other witness of what a plan does.
  it.each(cases.filter((name) => existsSync(path.join(FIXTURES, name, 'plan.txt'))))(
    '%s is counted as Terraform counts it',
    (name) => {
      const { counts } = planned(name);
      const text = read(name, 'plan.txt');
      const said = /Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy/.exec(text);
      const [imported, add, change, destroy] = [1, 2, 3, 4].map((group) => Number(said?.[group] ?? 0));
      expect([counts.import, counts.create + counts.replace, counts.update, counts.delete + counts.replace]).toEqual([
        imported,
        add,
        change,
        destroy,
      ]);
    },
  );

  it.each(['no-op'])('%s means nothing', (name) => {
    const plan = parsePlanJson(read(name, 'plan.json'));
    const visibility = planVisibility(plan, environment, releases(before));
    expect(meaningOf(plan, 'live', visibility)).toEqual({ live: 'live', changes: [] });
  });

  it('shows neither password of the sensitive case anywhere, also where nothing marks it', () => {
    const summary = summaryOf('sensitive');
    const written = [render(summary), renderPlanText(summary), JSON.stringify(summary)].join('\n');
    expect(read('sensitive', 'plan.json')).toContain('second-password');
    expect(written).not.toMatch(/first-password|second-password/);
    expect(written).toContain('postgres://ada:(hidden)@example.com');
  });

  it.each(['0.1', '0.2', '1.0', '1.2', '1.99'])(
    'are rendered alike in the format %s, with and without a version',
    (version) => {
      const json = JSON.parse(read('update', 'plan.json')) as Record<string, unknown>;
      for (const terraform of [{ terraform_version: '1.11.4' }, { terraform_version: undefined }]) {
        const text = JSON.stringify({ ...json, ...terraform, format_version: version });
        expect(parsePlanJson(text).resource_changes).toEqual(
          parsePlanJson(read('update', 'plan.json')).resource_changes,
        );
      }
    },
  );

  it.each([
    [
      { format_version: '2.0' },
      'The plan cannot be read: expected the format version 0.x or 1.x, found the format version 2.0.',
    ],
    [
      { format_version: undefined },
      'The plan cannot be read: expected the format version 0.x or 1.x, found no format version.',
    ],
    [
      { format_version: 1 },
      'The plan cannot be read: expected the format version 0.x or 1.x, found no format version.',
    ],
    [
      {
        format_version: '0.1',
        resource_changes: [
          {
            address: 'a.b',
            mode: 'managed',
            type: 'a',
            name: 'b',
            change: { actions: ['create'], after: { password: 'x' } },
          },
        ],
      },
      'The plan cannot be read: expected a plan that marks sensitive values, found none of its marks at a.b.',
    ],
  ])('are refused in one sentence with %j', (more, sentence) => {
    const json = JSON.parse(read('update', 'plan.json')) as object;
    let said = '';
    try {
      parsePlanJson(JSON.stringify({ ...json, ...more }));
    } catch (error) {
      said = error instanceof Error ? error.message : '';
    }
    expect(said.split('\n')[0]).toBe(sentence);
  });
});
