import { InferenceSession, Tensor } from 'onnxruntime-node';

/** A bare loop of session.run for SECONDS; prints the runs per second. */
const seconds = Number(process.env['SECONDS']);
const session = await InferenceSession.create(process.env['MODEL_FILE'] ?? '', {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
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
console.log(runs / ((performance.now() - started) / 1000));
