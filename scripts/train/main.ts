import { join } from 'node:path';
import { parseChoice, parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../command-line.ts';
import { faults, type TrainingOptions } from '../../server/sample-model/sample-model.ts';
import { writeSample } from '../../server/sample-model/write-sample.ts';

const usage = `usage: npm run train -- --out DIRECTORY [--seed N] [--rows N] [--fault ${faults.join('|')}]`;

function parseTraining(): TrainingOptions & { readonly out: string } {
  const { values } = parseCommandLine({
    options: { seed: { type: 'string' }, rows: { type: 'string' }, fault: { type: 'string' }, out: { type: 'string' } },
    paths: ['out'],
  });
  if (values.out === undefined) {
    throw new UsageError({
      what: '--out is missing',
      expected: '--out with the directory to write model.onnx to',
      found: 'no --out',
    });
  }
  return {
    out: values.out,
    seed: parseWholeNumber('--seed', values.seed ?? '1', 0),
    ...(values.rows === undefined ? {} : { rows: parseWholeNumber('--rows', values.rows, 10) }),
    ...(values.fault === undefined ? {} : { fault: parseChoice('--fault', values.fault, faults) }),
  };
}

await runCommand('npm run train', usage, async () => {
  const { out, ...training } = parseTraining();
  const { model, weights, intercept } = await writeSample(out, training);
  const terms = weights.map((weight, column) => `${weight.toFixed(4)}·x${column + 1}`).join(' + ');
  console.log(`${join(out, 'model.onnx')}: y = ${terms} + ${intercept.toFixed(4)} (${model.length} bytes)`);
});
