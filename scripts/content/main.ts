import path from 'node:path';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { parseCommandLine, parseOption, runCommand, UsageError } from '../command-line.ts';
import { checkContent } from './check-content.ts';
import { annotate, countErrors, print } from './report-finding.ts';

const USAGE = `Checks what this repository owns: environments/*/ and server/models/*/. Every problem is one error that says what to do.

  npm run check:content [-- options]

  --only SERVICE  starts the model of this service alone
  --no-models     starts no model
  --root DIR      the repository (default: the current folder)`;

await runCommand('npm run check:content', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      only: { type: 'string' },
      'no-models': { type: 'boolean', default: false },
      root: { type: 'string', default: '.' },
    },
  });
  if (values.only !== undefined && values['no-models']) {
    throw new UsageError({
      what: '--only and --no-models exclude each other',
      expected: 'one of them',
      found: 'both',
    });
  }
  if (values.only !== undefined) parseOption('--only', values.only, environmentFileSchema.shape.service);
  const { findings, summary } = await checkContent({
    root: path.resolve(values.root),
    service: values.only,
    startsModels: !values['no-models'],
    onProgress: (line) => console.log(line),
  });
  const isWorkflow = process.env['GITHUB_ACTIONS'] === 'true';
  for (const finding of findings) (isWorkflow ? annotate : print)(finding);
  const errors = countErrors(findings);
  console.log(`${summary}: ${errors.text}`);
  if (errors.count > 0) process.exitCode = 1;
});
