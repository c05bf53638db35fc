import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeBoard } from '../../../actions/lib/domain/board/board.ts';
import { renderBoard } from '../../../actions/lib/domain/board/page.ts';
import { renderReviewPage } from '../../../actions/lib/domain/model-review/page.ts';
import { simulateYear, YEAR_END } from '../../../actions/lib/testing/simulated-year.ts';
import { describeWithTool } from '../../testing/tools.ts';
import { renderRehearsalPage } from './page.ts';
import type { PageStep } from './story.ts';

// A browser starts, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PAGES = { board: board(), review: review(), rehearsal: rehearsal() };
const WIDTHS = [360, 800, 1280];

describeWithTool('chromium', 'a page that people look at', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pages-'));
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  const open = async (
    name: keyof typeof PAGES,
    colorScheme: 'light' | 'dark',
  ): Promise<{ readonly page: Page; readonly requests: readonly string[]; readonly url: string }> => {
    const file = path.join(folder, `${name}.html`);
    await writeFile(file, PAGES[name]);
    const page = await browser.newPage({ colorScheme });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    return { page, requests, url };
  };
  const names = Object.keys(PAGES) as (keyof typeof PAGES)[];

  it.each(names.flatMap((name) => (['light', 'dark'] as const).map((scheme) => [name, scheme] as const)))(
    'can be read: %s, %s',
    async (name, scheme) => {
      const { page, requests, url } = await open(name, scheme);
      await page.evaluate(UNFOLD);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        expect(await page.evaluate(READ_COVERED)).toEqual([]);
      }
      const { texts, faint } = await page.evaluate<{ readonly texts: number; readonly faint: readonly string[] }>(
        READ_CONTRAST,
      );
      expect(texts).toBeGreaterThan(20);
      expect(faint).toEqual([]);
      expect(requests).toEqual([url]);
      await page.close();
    },
  );

  it.each(names)('can be used by keyboard: %s', async (name) => {
    const { page } = await open(name, 'light');
    const places = page.locator('a[href], summary, [tabindex="0"]').filter({ visible: true });
    const reached: string[] = [];
    for (let presses = await places.count(); presses > 0; presses -= 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate<string>(READ_FOCUS));
    }
    expect(reached.length).toBeGreaterThan(0);
    expect(new Set(reached).size).toBe(reached.length);
    expect(reached.filter((place) => !place.endsWith('solid'))).toEqual([]);
    const folded = page.locator('summary').first();
    if ((await folded.count()) > 0) {
      await folded.focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('details').first().getAttribute('open')).not.toBeNull();
    }
    await page.close();
  });
});

// The next four run in the browser, whose types the compiler does not know.
const UNFOLD = 'for (const each of document.querySelectorAll("details")) each.open = true';

/** What has the focus: its place in the page, and the style of its outline. */
const READ_FOCUS = `(() => {
  const focused = document.activeElement;
  const place = [...document.querySelectorAll('*')].indexOf(focused);
  return place + ' ' + focused.tagName + ' ' + getComputedStyle(focused).outlineStyle;
})()`;

/**
 * How many texts a page shows, and those with a contrast below 4.5.
 *
 * @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
 */
const READ_CONTRAST = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return channels(backgroundColor)[3] === 0 ? backgroundOf(element.parentElement) : backgroundColor;
  };
  const faint = new Set();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || element.getClientRects().length === 0) continue;
    texts += 1;
    const { color, fill } = getComputedStyle(element);
    const shown = element instanceof SVGElement ? fill : color;
    const [one, other] = [luminance(shown), luminance(backgroundOf(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) faint.add(ratio.toFixed(2) + ' ' + element.tagName + ' ' + node.textContent.trim().slice(0, 40));
  }
  return { texts, faint: [...faint] };
})()`;

/** The texts of a picture that are cut off at its edge, or cover another one. */
const READ_COVERED = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const edge = svg.getBoundingClientRect();
  const texts = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
  const cut = texts.filter(({ box }) => box.left < edge.left - 0.5 || box.right > edge.right + 0.5 || box.bottom > edge.bottom + 0.5);
  const covered = texts.filter(({ box }, index) =>
    texts.slice(0, index).some((other) =>
      box.left < other.box.right && other.box.left < box.right && box.top < other.box.bottom - 1 && other.box.top < box.bottom - 1));
  return [...cut, ...covered].map(({ text }) => text.trim());
})`;

function board(): string {
  const repository = { repositoryUrl: 'https://github.example/acme/models', now: YEAR_END };
  return renderBoard(makeBoard(simulateYear(24, 2).sources, repository));
}

function review(): string {
  const side = (letter: string) => ({ digest: `sha256:${letter.repeat(64)}`, bytes: 2_100_000, decisions: {} });
  const moved = {
    ...({ name: 'row 7', origin: 'review file', labelCount: 1, largest: 0.4 } as const),
    labels: [{ at: 'label[0]', before: 'setosa', after: 'virginica' }],
    move: { at: 'scores[0,2]', before: 0.2, after: 0.6 },
  };
  return renderReviewPage({
    service: 'scoring',
    result: {
      kind: 'compared',
      review: {
        ...{ service: 'scoring', base: side('a'), head: side('b'), rows: { 'review file': 412 }, rowCount: 412 },
        ...{ notAskedCount: 0, comparedCount: 410, labelledCount: 410, changedLabelCount: 3 },
        transitions: [{ before: 'setosa', after: 'virginica', count: 3 }],
        scores: { differing: 9, median: 0, p99: 0.03, largest: 0.4 },
        histogram: [0, 1e-6, 1e-3, 0.1, 1].map((upTo, index) => ({ upTo, count: 100 - index * 20 })),
        ...{ nonFiniteCount: 0, answeredNowCount: 0, moved: [moved], tolerance: 0.00001 },
        refusedNow: { count: 2, shown: [{ name: 'row 9', origin: 'review file', detail: 'status 422' }] },
        otherForm: { count: 0, shown: [] },
        latency: { base: 0.9, head: 1.3 },
        signature: [{ kind: 'input-new', name: 'age', before: '', after: 'FP32[any]' }],
        exceeded: [{ id: 'slowdownRatio', found: 1.44, limit: 1.2 }],
      },
    },
  });
}

function rehearsal(): string {
  const times = Array.from({ length: 60 }, (_, index) => YEAR_END + index * 1000);
  const step: PageStep = {
    result: {
      ...{ name: 'dev takes v2 by canary', outcome: 'v2 serves and is verified', seconds: 60 },
      ...{ startedAt: YEAR_END, endedAt: YEAR_END + 60_000, runs: { from: 0, until: 1 } },
    },
    events: [
      { at: YEAR_END, title: '#2 proposes v2 to dev', body: '## Plan\n\n| a | b |\n| - | - |\n| `1` | **2** |' },
    ],
    runs: [
      {
        title: 'deploy.yml',
        conclusion: 'failure',
        jobs: [
          { name: 'Plan', result: 'success', summary: '### `dev`', log: 'planned' },
          { name: 'Swap', result: 'failure', summary: '', log: 'x'.repeat(400) },
          { name: 'Propose', result: 'skipped', summary: '', log: '' },
        ],
      },
    ],
    swaps: [
      {
        title: 'dev: v1 → v2',
        answers: times.map((at, index) => ({
          ...{ at, release: index === 30 ? null : index < 20 ? 'v1' : 'v2' },
          ...{ milliseconds: index === 3 ? 1234 : 5 + (index % 7), isWrong: index === 40 },
        })),
        probes: times.filter((_, index) => index > 20 && index % 5 === 0),
        moments: [
          { at: YEAR_END + 20_000, kind: 'decision', text: 'traffic shifts' },
          { at: YEAR_END + 30_000, kind: 'alarm', text: 'server errors' },
          { at: YEAR_END + 30_050, kind: 'decision', text: 'the swap is aborted' },
          { at: YEAR_END + 30_600, kind: 'decision', text: 'blue takes the traffic' },
        ],
      },
    ],
  };
  const report = 'requests  sent  failed\n'.repeat(30);
  const ending = { verdict: 'Not as expected (60 s)', succeeded: false, report, logDirectory: '/tmp/rehearsal-logs' };
  return renderRehearsalPage({ ...ending, steps: [step] });
}
