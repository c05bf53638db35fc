import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { ROOT } from '../../../build.ts';
import { parseCommandLine, runCommand, UsageError } from '../../../command-line.ts';

const USAGE = `Draws docs/rehearsal.png: the first swap on the page that a rehearsal ended with.

  npm run rehearsal-picture -- PAGE

CHROMIUM names the browser (default: /usr/bin/chromium).`;

const VIEWPORT = { width: 900, height: 640 };

await runCommand('npm run rehearsal-picture', USAGE, async () => {
  const { positionals } = parseCommandLine({ options: {}, arguments: ['PAGE'] });
  const [file = ''] = positionals;
  if (!existsSync(file)) {
    throw new UsageError({ what: 'PAGE does not exist', expected: 'the page of a whole rehearsal', found: file });
  }
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage({ viewport: VIEWPORT });
    await page.goto(pathToFileURL(path.resolve(file)).href);
    const swap = page.locator('section:has(svg.swap)').first();
    if ((await swap.count()) === 0) {
      throw new UsageError({ what: 'The page has no swap', expected: 'the page of a whole rehearsal', found: file });
    }
    const picture = path.join(ROOT, 'docs/rehearsal.png');
    const y = (await swap.boundingBox())?.y ?? 0;
    await page.screenshot({ path: picture, fullPage: true, clip: { x: 0, y, ...VIEWPORT } });
    console.log(`Wrote ${picture}`);
  } finally {
    await browser.close();
  }
});
