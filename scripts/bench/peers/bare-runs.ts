import { InferenceSession, Tensor } from 'onnxruntime-node';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** A bare loop of session.run in each of THREADS threads for SECONDS; prints the runs per second of all together. */
const { modelFile, seconds, threads } = {
  modelFile: process.env['MODEL_FILE'] ?? '',
  seconds: Number(process.env['SECONDS']),
  threads: Number(process.env['THREADS']),
};

async function loop(): Promise<number> {
  const session = await InferenceSession.create(modelFile, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const input = session.inputMetadata[0];
  if (input?.isTensor !== true) throw new Error('the model has no tensor input');
  const shape = input.shape.map((dimension) => (typeof dimension === 'number' ? dimension : 1));
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const feeds = { [input.name]: new Tensor('float32', new Float32Array(size).fill(0.5), shape) };
  for (let warmUp = 0; warmUp < 5; warmUp += 1) await session.run(feeds);
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < seconds * 1000) {
    await session.run(feeds);
    runs += 1;
  }
  const perSecond = runs / ((performance.now() - started) / 1000);
  await session.release();
  return perSecond;
}

if (isMainThread) {
  const rates = await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: 'loop' });
          worker.once('message', (rate) => {
            resolve(Number(rate));
          });
          worker.once('error', reject);
        }),
    ),
  );
  console.log(rates.reduce((total, rate) => total + rate, 0));
} else if (workerData === 'loop') {
  parentPort?.postMessage(await loop());
}
