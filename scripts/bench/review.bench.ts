import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { systemClock } from '../../actions/lib/adapters/system/system-clock.ts';
import { NO_LIMITS } from '../../actions/lib/domain/model-review/limits.ts';
import { reviewLead } from '../../actions/lib/domain/model-review/render.ts';
import { rowsOfFile } from '../../actions/lib/domain/model-review/rows.ts';
import { reviewModel } from '../../actions/lib/operations/review-model.ts';
import { encodeModel, float32Initializer, tensor } from '../../server/sample-model/onnx-writer.ts';
import { seededUniform } from '../../server/sample-model/random.ts';
import { residentMebibytes } from '../../server/src/testing/process-inspection.ts';
import { serverBundle } from '../../server/src/testing/server-process.ts';
import type { BenchContext, BenchFamily, Claim } from './bench.ts';
import { atMost } from './claims.ts';

const family: BenchFamily = { summary: 'the review of two models, asked the same rows', run };
export default family;

const FEATURES = 30;
const CLASSES = 3;
// Reading the memory of all processes takes time itself.
const WATCH_MILLISECONDS = 1000;
const MEBIBYTE = 2 ** 20;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const rows = context.short ? 500 : 10_000;
  const wide = Math.round((context.short ? 5 : 100) * (MEBIBYTE / 4 / (FEATURES + CLASSES)));
  const many = await review(context, { rows, hidden: 16 });
  const large = await review(context, { rows: 200, hidden: wide });
  return [
    atMost(`a review of ${String(rows)} rows of ${String(FEATURES)} features`, many.seconds, 20, 's'),
    atMost(`memory of a review of two models of ${String(large.megabytes)} MB`, large.mebibytes * 1.048576, 2000, 'MB'),
  ];
}

/** Reviews two networks of one hidden layer, of which the second has one weight changed. */
async function review(
  { scratchDirectory, report }: BenchContext,
  { rows, hidden }: { readonly rows: number; readonly hidden: number },
): Promise<{ readonly seconds: number; readonly mebibytes: number; readonly megabytes: number }> {
  const place = async (what: string, shift: number) => {
    const modelFolder = path.join(scratchDirectory, `${what}-${String(hidden)}`);
    await mkdir(modelFolder);
    const bytes = network(hidden, shift);
    await writeFile(path.join(modelFolder, 'model.onnx'), bytes);
    return { what, modelFolder, bundle: serverBundle, digest: `sha256:${what}`, bytes: bytes.length };
  };
  const uniform = seededUniform(7);
  const lines = Array.from({ length: rows }, () =>
    JSON.stringify(Array.from({ length: FEATURES }, () => Math.fround(uniform() * 2 - 1))),
  );
  const order = {
    ...{ service: 'bench', limits: NO_LIMITS, base: await place('before', 0), head: await place('after', 0.01) },
    rows: () => rowsOfFile('review.jsonl', lines.join('\n'), 'review file'),
  };
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, residentMebibytes(process.pid) || 0);
  }, WATCH_MILLISECONDS);
  const started = performance.now();
  try {
    const result = await reviewModel(createModelServers(), systemClock, order);
    if (result.kind !== 'compared') throw new Error(result.detail);
    if (result.review.comparedCount !== rows) {
      throw new Error(`${String(result.review.comparedCount)} rows were compared, expected ${String(rows)}`);
    }
    const seconds = (performance.now() - started) / 1000;
    report(`${String(rows)} rows in ${seconds.toFixed(1)} s, at most ${most.toFixed(0)} MiB:`);
    for (const line of reviewLead(result.review)) report(`  ${line}`);
    return { seconds, mebibytes: most, megabytes: Math.round(order.base.bytes / 1e6) };
  } finally {
    clearInterval(watch);
  }
}

function network(hidden: number, shift: number): Uint8Array {
  const uniform = seededUniform(3);
  const weights = (count: number): Float32Array => Float32Array.from({ length: count }, () => (uniform() * 2 - 1) / 8);
  const second = weights(hidden * CLASSES);
  second[0] = (second[0] ?? 0) + shift;
  return encodeModel({
    name: 'network',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', FEATURES]) }],
    outputs: [
      { name: 'label', type: tensor('int64', ['batch']) },
      { name: 'scores', type: tensor('float32', ['batch', CLASSES]) },
    ],
    initializers: [
      float32Initializer('first', [FEATURES, hidden], weights(FEATURES * hidden)),
      float32Initializer('second', [hidden, CLASSES], second),
    ],
    nodes: [
      { operator: 'MatMul', inputs: ['x', 'first'], outputs: ['hidden'] },
      { operator: 'Relu', inputs: ['hidden'], outputs: ['active'] },
      { operator: 'MatMul', inputs: ['active', 'second'], outputs: ['scores'] },
      {
        ...{ operator: 'ArgMax', inputs: ['scores'], outputs: ['label'] },
        attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
      },
    ],
  });
}
