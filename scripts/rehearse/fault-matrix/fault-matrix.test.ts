import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../build.ts';
import { startDeploymentsGithub, type DeploymentsGithub } from '../../testing/deployments-github.ts';
import { chaptersOf, formatPage, PAGE } from './main.ts';
import { renderMatrix, renderRow, type RenderedRow } from './render.ts';
import { runRow, type Row } from './harness/row.ts';
import { CHAPTERS } from './rows/chapters.ts';
import { underProfile, VIRTUAL } from './harness/modes.ts';
import { DEFAULT_PROFILE, PROFILE_NAMES } from './harness/profiles.ts';

const finished = new Map<Row, RenderedRow>();
let github: DeploymentsGithub;

beforeAll(async () => {
  github = await startDeploymentsGithub();
});

afterAll(async () => {
  await github.close();
  const chapters = chaptersOf(finished);
  // With a filter on test names only some rows run, and the page can't be compared.
  if (chapters.some(({ rows }, index) => rows.length !== CHAPTERS[index]?.rows.length)) return;
  const page = await readFile(path.join(ROOT, PAGE), 'utf8');
  expect(page, `${PAGE} is not what the matrix makes: npx tsx scripts/rehearse/fault-matrix/main.ts`).toBe(
    await formatPage(PAGE, renderMatrix(chapters)),
  );
});

it('has at least 40 rows, each with a fault of its own', () => {
  const faults = CHAPTERS.flatMap(({ rows }) => rows.map(({ fault }) => fault));
  expect(faults.length).toBeGreaterThanOrEqual(40);
  expect(new Set(faults).size).toBe(faults.length);
});

describe.each(CHAPTERS)('$title', ({ rows }) => {
  it.each(rows)('ends as it should when: $fault', async (row) => {
    await runRow(row, VIRTUAL, github, async (result) => {
      const rendered = renderRow(result);
      finished.set(row, rendered);
      expect(rendered.problems, result.last.log.join('\n')).toEqual([]);
      await row.then?.(result.fixture, result.last);
    });
  });
});

// `npm run fault-matrix -- --profile NAME` runs all of them.
describe.each(PROFILE_NAMES.filter((name) => name !== DEFAULT_PROFILE))('under the profile %s', (profile) => {
  const rows = CHAPTERS.flatMap((chapter) => chapter.rows);
  const stride = 50;
  const offset = PROFILE_NAMES.indexOf(profile);
  it.each(rows.filter((_, index) => index % stride === offset))('ends as it should when: $fault', async (row) => {
    await runRow(row, underProfile(VIRTUAL, profile), github, async (result) => {
      expect(renderRow(result).problems, result.last.log.join('\n')).toEqual([]);
      await row.then?.(result.fixture, result.last);
    });
  });
});
