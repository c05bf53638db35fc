import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../build.ts';
import { startDeploymentsGithub, type DeploymentsGithub } from '../../testing/deployments-github.ts';
import { chaptersOf, formatPage, PAGE } from './main.ts';
import { expectedRow, renderMatrix, renderRow } from './render.ts';
import { runRow } from './harness/row.ts';
import { CHAPTERS } from './rows/chapters.ts';
import { underProfile, VIRTUAL } from './harness/modes.ts';
import { DEFAULT_PROFILE, PROFILE_NAMES } from './harness/profiles.ts';

const ALL = CHAPTERS.flatMap(({ rows }) => rows);
/** One row of so many runs here: `npm run fault-matrix` runs all of them, and writes the page. */
const STRIDE = 3;
const CHOSEN = new Set(ALL.filter((_, index) => index % STRIDE === 0));

let github: DeploymentsGithub;

beforeAll(async () => {
  github = await startDeploymentsGithub();
});

afterAll(async () => {
  await github.close();
});

it('has at least 40 rows, each with a fault of its own', () => {
  const faults = ALL.map(({ fault }) => fault);
  expect(faults.length).toBeGreaterThanOrEqual(40);
  expect(new Set(faults).size).toBe(faults.length);
});

describe.each(CHAPTERS)('$title', ({ rows }) => {
  it.each(rows.filter((row) => CHOSEN.has(row)))('ends as it should when: $fault', async (row) => {
    await runRow(row, VIRTUAL, github, async (result) => {
      expect(renderRow(result), result.last.log.join('\n')).toEqual(expectedRow(row));
      await row.then?.(result.fixture, result.last);
    });
  });
});

it(`is what ${PAGE} shows`, async () => {
  const chapters = chaptersOf(new Map(ALL.map((row) => [row, expectedRow(row)])));
  const page = await readFile(path.join(ROOT, PAGE), 'utf8');
  const command = 'npx tsx scripts/rehearse/fault-matrix/main.ts';
  expect(page, `${PAGE} is not what the matrix makes: ${command}`).toBe(await formatPage(PAGE, renderMatrix(chapters)));
});

// `npm run fault-matrix -- --profile NAME` runs all of them.
describe.each(PROFILE_NAMES.filter((name) => name !== DEFAULT_PROFILE))('under the profile %s', (profile) => {
  const stride = 50;
  const offset = PROFILE_NAMES.indexOf(profile);
  it.each(ALL.filter((_, index) => index % stride === offset))('ends as it should when: $fault', async (row) => {
    await runRow(row, underProfile(VIRTUAL, profile), github, async (result) => {
      expect(renderRow(result).problems, result.last.log.join('\n')).toEqual([]);
      await row.then?.(result.fixture, result.last);
    });
  });
});
