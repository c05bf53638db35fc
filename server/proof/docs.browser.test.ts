import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import type { ServerProcess } from '../src/testing/server-process.ts';

/** Folder of the screenshots. */
const pictures = process.env['SCREENSHOT_DIR'] ?? join(tmpdir(), 'server-docs-pictures');

describeWithTool('chromium', '/docs in Chromium', () => {
  let fresh: FreshServer;
  let server: ServerProcess;
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(pictures, { recursive: true });
    fresh = await buildFreshServer();
    server = await fresh.start();
    const executablePath = spawnSync('which', ['chromium'], { encoding: 'utf8' }).stdout.trim();
    // Chromium's sandbox needs user namespaces, which containers lack; it loads only the server's page.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await fresh.remove();
  });

  it('sends the example request and shows the response, without requests to other hosts', async () => {
    const page = await browser.newPage({ viewport: { width: 1000, height: 1200 } });
    const elsewhere: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(`${server.url}/docs`);
    const panel = page.locator('details', { has: page.locator('code', { hasText: /^\/predict$/ }) });
    if ((await panel.getAttribute('open')) === null) await panel.locator('summary').click();
    expect(JSON.parse(await panel.locator('textarea').inputValue())).toHaveProperty('features');
    await panel.locator('textarea').fill('{"features":[1.2,3.4,5.6]}');
    await panel.getByRole('button', { name: 'Send' }).click();
    await panel.locator('pre').waitFor();
    expect(await panel.locator('.status').textContent()).toContain('200');
    expect(JSON.parse((await panel.locator('pre').textContent()) ?? '')).toEqual({
      prediction: [expect.closeTo(4.7978, 3)],
    });
    await page.screenshot({ path: join(pictures, 'docs-answer.png') });

    await panel.locator('textarea').fill('{"features":[1.2,"three"]}');
    await panel.getByRole('button', { name: 'Send' }).click();
    await panel.locator('.status', { hasText: '422' }).waitFor();
    await page.screenshot({ path: join(pictures, 'docs-problem.png') });
    expect(elsewhere).toEqual([]);
    // The browser itself reports the 422 as a failed resource.
    expect(errors.filter((error) => !error.includes('422'))).toEqual([]);
    await page.close();
  });
});
