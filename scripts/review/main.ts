import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readReviewedModel, readReviewQuestions } from '../../actions/lib/adapters/checkout/review-source.ts';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { renderReview } from '../../actions/lib/domain/model-review/render.ts';
import { madeUpRows, rowsOfFile } from '../../actions/lib/domain/model-review/rows.ts';
import { reviewModel } from '../../actions/lib/operations/review-model.ts';
import { seededUniform } from '../../server/sample-model/random.ts';
import { parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../command-line.ts';

const USAGE = `Shows what a model answers differently from the one before. Each runs in the server of its own checkout.

  npm run review -- --base DIR --head DIR --service SERVICE [-- options]

  --base DIR       checkout with the model before, whose server is built (npm ci && npm run build -- server)
  --head DIR       checkout with the candidate (default: the current folder)
  --service NAME   whose model is compared
  --rows FILE      further rows: .jsonl with one request a line, or .csv with a header
  --captured       the values of --rows were captured from callers, and are not shown
  --made-up N      rows made from the ranges and values of signature.json (default 200)
  --seed N         the seed of these rows (default 1)
  --json FILE      also write the result as JSON

Exit code 1 means that a limit of review.json is exceeded.`;

await runCommand('npm run review', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      base: { type: 'string' },
      head: { type: 'string', default: '.' },
      service: { type: 'string' },
      rows: { type: 'string' },
      captured: { type: 'boolean', default: false },
      'made-up': { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const { base, head, service, rows: file } = values;
  if (base === undefined || service === undefined) {
    throw new UsageError({
      what: `${base === undefined ? '--base' : '--service'} is missing`,
      expected: '--base DIR and --service NAME',
      found: 'nothing',
    });
  }
  const questions = await readReviewQuestions(head, service);
  const origin = values.captured ? 'captured' : 'review file';
  const further = file === undefined ? [] : rowsOfFile(path.basename(file), await readFile(file, 'utf8'), origin);
  const count = parseWholeNumber('--made-up', values['made-up'], 0);
  const random = seededUniform(parseWholeNumber('--seed', values.seed, 0));
  const review = await reviewModel(createModelServers(), {
    service,
    base: await readReviewedModel(base, service, 'the model before'),
    head: await readReviewedModel(head, service, 'the candidate'),
    rows: (described) => [...questions.rows, ...further, ...madeUpRows(questions.signature, described, count, random)],
    limits: questions.limits,
  });
  console.log(renderReview(review).trimEnd());
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(review, null, 2)}\n`);
  if (review.exceeded.length > 0) process.exitCode = 1;
});
