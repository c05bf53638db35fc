import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faults, type Fault, type TrainingOptions } from './sample-model.ts';
import { writeSample } from './write-sample.ts';

const usage = `usage: tsx server/sample-model/train.ts --out DIRECTORY [--seed N] [--rows N] [--fault ${faults.join('|')}]`;

/** Reads the command line. @throws Error naming the option, what it expects and what it got. */
function parseCommandLine(argv: readonly string[]): TrainingOptions & { out: string } {
  const { values } = parseArgs({
    args: [...argv],
    options: { seed: { type: 'string' }, rows: { type: 'string' }, fault: { type: 'string' }, out: { type: 'string' } },
  });
  if (values.out === undefined) throw new Error('--out is missing: expected the directory to write model.onnx to');
  const rows = values.rows === undefined ? undefined : wholeNumber('--rows', values.rows, 10);
  const fault = values.fault === undefined ? undefined : parseFault(values.fault);
  return {
    out: values.out,
    seed: wholeNumber('--seed', values.seed ?? '1', 0),
    ...(rows === undefined ? {} : { rows }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > 2 ** 31) {
    throw new Error(`${option} is "${text}": expected a whole number from ${least} to 2^31`);
  }
  return value;
}

function parseFault(text: string): Fault {
  const fault = faults.find((known) => known === text);
  if (fault === undefined) throw new Error(`--fault is "${text}": expected ${faults.join(' or ')}`);
  return fault;
}

try {
  const { out, ...training } = parseCommandLine(process.argv.slice(2));
  const { model, weights, intercept } = await writeSample(out, training);
  const terms = weights.map((weight, column) => `${weight.toFixed(4)}·x${column + 1}`).join(' + ');
  console.log(`${join(out, 'model.onnx')}: y = ${terms} + ${intercept.toFixed(4)} (${model.length} bytes)`);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
}
