import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../build.ts';
import { startDeploymentsGithub, type DeploymentsGithub } from '../../testing/deployments-github.ts';
import { chaptersOf, formatPage, REAL_PAGE, REAL_ROWS } from './main.ts';
import { expectedRow, renderRealMatrix, renderRow } from './render.ts';
import { asReal, runRow } from './harness/row.ts';
import { CHAPTERS } from './rows/chapters.ts';
import { REAL } from './harness/modes.ts';

/** What virtual time can't show: bundles, signals, exit codes, processes that crash or never start. */
const SAMPLE = [
  'none: canary',
  'the container cannot be started',
  'an alarm in the bake of the canary',
  'wrong values',
  'green crash-loops once it has traffic',
  'none: to the last verified release',
  'a canary in flight is aborted: what served before serves on',
  'SIGKILL while updating, and run again',
  'SIGINT while updating, and run again',
  'SIGTERM while confirming, and run again',
];

describe('with real processes', () => {
  let github: DeploymentsGithub;

  beforeAll(async () => {
    github = await startDeploymentsGithub();
  });

  afterAll(async () => {
    await github.close();
  });

  it.each(SAMPLE)(
    'ends as it should when: %s',
    async (fault) => {
      const row = REAL_ROWS.find((candidate) => candidate.fault === fault);
      if (row === undefined) throw new Error(`there is no row "${fault}"`);
      await runRow(row, REAL, github, async (result) => {
        expect(renderRow(result).problems, result.last.log.join('\n')).toEqual([]);
        await row.then?.(result.fixture, result.last);
      });
    },
    60_000,
  );
});

it('has a page with the end of every row that can run with real processes', async () => {
  const expected = new Map(REAL_ROWS.map((row) => [row, expectedRow(asReal(row))]));
  const page = await readFile(path.join(ROOT, REAL_PAGE), 'utf8');
  expect(page, `${REAL_PAGE} is out of date: npm run fault-matrix -- --real`).toBe(
    await formatPage(REAL_PAGE, renderRealMatrix(chaptersOf(expected), CHAPTERS)),
  );
});
