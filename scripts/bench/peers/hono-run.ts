import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** One run for each request, on the main thread: what a server without batching or worker threads does. */
const session = await InferenceSession.create(process.env['MODEL_FILE'] ?? '', {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const [input, output] = [session.inputMetadata[0], session.outputNames[0]];
if (input?.isTensor !== true || output === undefined) throw new Error('the model has no tensor input and output');
const shape = input.shape.map((dimension) => (typeof dimension === 'number' ? dimension : 1));

const app = new Hono();
app.get('/ping', (context) => context.text('ok'));
app.post('/invocations', async (context) => {
  const { features } = await context.req.json<{ features: number[] }>();
  const results = await session.run({ [input.name]: new Tensor('float32', Float32Array.from(features), shape) });
  return context.json({ prediction: [...((results[output]?.data ?? []) as Float32Array)] });
});

serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' });
