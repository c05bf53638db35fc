import path from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { readWorkflows } from '@sagemaker-gitops/workflow-runner';

const files = await readWorkflows(path.resolve(import.meta.dirname, '../..'));

/**
 * A run reads the caches of its own ref, of its base and of the default branch, and writes those of its own ref alone:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
 * These events have a ref of their own: that of a pull request, of a merge queue, or of the branch that was pushed.
 */
const OWN_REF = ['pull_request', 'merge_group', 'push'];
/** These have the default branch, and nobody starts them who may not write to the repository. */
const OF_WRITERS = ['schedule', 'workflow_dispatch'];

// Commits that an action has found in the history of the default branch: `promotion-commits/run.test.ts`, `replay.test.ts`.
const MERGED = [
  '${{ steps.promotion.outputs.head-commit }}',
  '${{ steps.promotion.outputs.base-commit }}',
  '${{ matrix.candidateCommit }}',
  '${{ matrix.liveCommit }}',
];

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[]; readonly uses?: string }>>;
}
const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const isCache = ({ uses = '', with: given = {} }: Step): boolean =>
  /^actions\/cache[@/]/.test(uses) || (/\/setup-/.test(uses) && given['cache'] !== undefined);

/** How code that nobody merged could write a cache of the default branch, which the build of an image reads. */
function poisons(workflow: Workflow): readonly string[] {
  const events = Object.keys(workflow.on).filter((event) => event !== 'workflow_call');
  const problems = events
    .filter((event) => ![...OWN_REF, ...OF_WRITERS].includes(event))
    .map((event) => `${event} runs on the default branch, and an outsider can start it`);
  // A workflow that is called runs on the ref of its caller.
  if (events.length > 0 && events.every((event) => ['pull_request', 'merge_group'].includes(event))) return problems;
  for (const { uses = '', run = '', with: given = {} } of stepsOf(workflow)) {
    const names = Object.keys(given);
    const other = names.some((name) => ['ref', 'repository'].includes(name)) && !MERGED.includes(String(given['ref']));
    if (uses.startsWith('actions/checkout@') && other) {
      problems.push('it checks out another commit than its own');
    }
    if (uses.startsWith('actions/download-artifact@') && names.includes('run-id')) {
      problems.push('it takes what another run has made');
    }
    if (/\bgit (fetch|pull|checkout|switch)\b|\bgh pr checkout\b/.test(run)) problems.push('it fetches by script');
  }
  return problems;
}

const parsed = files.map(({ path: file, text }) => ({ file, text, workflow: parse(text) as Workflow }));

describe('a cache that a pull request has written', () => {
  it.each(parsed)('is none of the default branch by $file', ({ workflow }) => {
    expect(poisons(workflow)).toEqual([]);
  });

  it('reaches no image: the build reads the cache of its layers alone, on the default branch', () => {
    const build = parsed.find(({ file }) => file.endsWith('/release-service.yml'));
    expect(build && stepsOf(build.workflow).filter(isCache)).toEqual([]);
    const callers = parsed.filter(({ workflow }) =>
      Object.values(workflow.jobs).some(({ uses = '' }) => uses.endsWith('/release-service.yml')),
    );
    expect(callers.map(({ file }) => path.basename(file))).toEqual(['release.yml']);
    expect(callers.flatMap(({ workflow }) => Object.keys(workflow.on)).sort()).toEqual(['push', 'workflow_dispatch']);
  });

  it.each([
    ['a comment starts it', (text: string) => text.replace(/^on:$/m, 'on:\n  issue_comment:'), /issue_comment/],
    ['it follows a run of a pull request', (text: string) => text.replace(/^on:$/m, 'on:\n  workflow_run:'), /run/],
    [
      'it checks out the head of a pull request',
      (text: string) => text.replace(/(actions\/checkout@.*\n +with:\n)/, '$1          ref: refs/pull/1/head\n'),
      /another commit/,
    ],
    [
      'it fetches by script',
      (text: string) =>
        text.replace(/^ {6}- uses: actions\/checkout/m, '      - run: git fetch origin pull/1/head\n$&'),
      /by script/,
    ],
  ])('would be found in a workflow of the default branch: %s', (_what, change, problem) => {
    for (const name of ['release.yml', 'nightly.yml']) {
      const text = parsed.find(({ file }) => file.endsWith(`/${name}`))?.text ?? '';
      const changed = change(text);
      expect(changed).not.toBe(text);
      expect(poisons(parse(changed) as Workflow).join()).toMatch(problem);
    }
  });
});
