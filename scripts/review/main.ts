import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createReviewSource } from '../../actions/lib/adapters/checkout/review-source.ts';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { systemClock } from '../../actions/lib/adapters/system/system-clock.ts';
import { renderReviewFile } from '../../actions/lib/domain/model-review/summary.ts';
import { renderReviewPage } from '../../actions/lib/domain/model-review/page.ts';
import { renderReview } from '../../actions/lib/domain/model-review/render.ts';
import { MADE_UP, madeUpRows } from '../../actions/lib/domain/model-review/rows.ts';
import { reviewModel } from '../../actions/lib/operations/review-model.ts';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import {
  checkFolder,
  checkOutput,
  parseCommandLine,
  parseOption,
  parseWholeNumber,
  runCommand,
  UsageError,
} from '../command-line.ts';
import { readRowsFile } from '../rows-file.ts';

const USAGE = `Shows what a model answers differently from the one before. Each runs in the server of its own checkout.

  npm run review -- --base DIR --head DIR --service SERVICE [options]

  --base DIR       checkout with the model before, whose server is built (npm ci && npm run build -- server)
  --head DIR       checkout with the candidate (default: the current folder)
  --service NAME   whose model is compared
  --rows FILE      further rows: .jsonl with one request a line, or .csv with a header
  --captured       the values of --rows were captured from callers, and are not shown
  --made-up N      rows made from the ranges and values of signature.json (default ${String(MADE_UP.count)})
  --seed N         the seed of these rows (default ${String(MADE_UP.seed)})
  --json FILE      also write the result as JSON
  --html FILE      also write the page with its tables and pictures
  --open           show that page in a browser (without --html: review-SERVICE.html)

Exit code 1 means that a limit of review.json is exceeded, or that nothing could be compared.`;

await runCommand('npm run review', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      base: { type: 'string' },
      head: { type: 'string', default: '.' },
      service: { type: 'string' },
      rows: { type: 'string' },
      captured: { type: 'boolean', default: false },
      'made-up': { type: 'string', default: String(MADE_UP.count) },
      seed: { type: 'string', default: String(MADE_UP.seed) },
      json: { type: 'string' },
      html: { type: 'string' },
      open: { type: 'boolean', default: false },
    },
    paths: ['base', 'head', 'rows', 'json', 'html'],
  });
  const { base, head, service, rows: file } = values;
  if (base === undefined || service === undefined) {
    throw new UsageError({
      what: `${base === undefined ? '--base' : '--service'} is missing`,
      expected: '--base DIR and --service NAME',
      found: 'nothing',
    });
  }
  parseOption('--service', service, environmentFileSchema.shape.service);
  for (const [option, folder] of [['--base', base] as const, ['--head', head] as const]) {
    checkFolder(option, folder);
    if (await createReviewSource(folder, service).hasModel()) continue;
    throw new UsageError({
      what: `${option} has no model of ${service}`,
      expected: `a checkout with server/models/${service}/model.onnx`,
      found: folder,
    });
  }
  const page = values.html ?? (values.open ? `review-${service}.html` : undefined);
  if (page !== undefined) checkOutput('--html', page);
  if (values.json !== undefined) checkOutput('--json', values.json);
  const candidate = createReviewSource(head, service);
  const questions = await candidate.readQuestions();
  const origin = values.captured ? 'captured' : 'review file';
  const further = file === undefined ? [] : await readRowsFile(file, origin);
  const madeUp = {
    count: parseWholeNumber('--made-up', values['made-up'], 0),
    seed: parseWholeNumber('--seed', values.seed, 0),
  };
  const result = await reviewModel(createModelServers(), systemClock, {
    service,
    base: await createReviewSource(base, service).readModel('the model before'),
    head: await candidate.readModel('the candidate'),
    rows: (described) => [...questions.rows, ...further, ...madeUpRows(questions.signature, described, madeUp)],
    limits: questions.limits,
  });
  console.log(renderReview({ service, result }).trimEnd());
  if (page !== undefined) await writeFile(page, renderReviewPage({ service, result }));
  if (page !== undefined && values.open) await openPage(path.resolve(page));
  if (result.kind === 'not-compared') {
    process.exitCode = 1;
    return;
  }
  if (values.json !== undefined) await writeFile(values.json, renderReviewFile(result.review));
  if (result.review.exceeded.length > 0) process.exitCode = 1;
});

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer' };

async function openPage(file: string): Promise<void> {
  const command = OPENERS[process.platform] ?? 'xdg-open';
  const shown = await runProcess({ command, argv: [file], cwd: process.cwd() }).catch(() => undefined);
  if (shown?.exitCode !== 0) console.error(`${command} shows no page here: open ${file} in a browser.`);
}
