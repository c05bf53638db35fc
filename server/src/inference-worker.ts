import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import {
  receiveTensors,
  sendTensors,
  textBytes,
  type FromWorker,
  type ToWorker,
  type Transferred,
  type WorkerStart,
} from './runtime/worker-protocol.ts';
import { runAtOnce } from './codecs/steps.ts';
import { exampleInputs } from './runtime/example-inputs.ts';
import { readGraphFacts } from './onnx/rows/graph-facts.ts';
import { loadSession } from './runtime/session.ts';
import { notWarmedUp, warmUp } from './runtime/warm-up.ts';

/** The nice value of worker threads, 0 to 19: the event loop, with /ping and all responses, has precedence. */
const yieldingPriority = 5;

/** On Linux a priority belongs to a thread, and process 0 means the calling one (setpriority(2), C library/kernel differences). */
function yieldToEventLoop(): void {
  if (process.platform === 'linux') setPriority(0, yieldingPriority);
}

/** A worker thread with one session; it runs the batches that it gets, one after another. */
function work(): void {
  const port = parentPort;
  if (port === null) throw new Error('inference-worker runs in a worker thread only');
  const assignment = workerData as WorkerStart;
  const post = (message: FromWorker, transfer: Transferred = []): void => port.postMessage(message, transfer);
  yieldToEventLoop();
  let session;
  let example;
  try {
    session = loadSession(assignment.file, assignment.options, assignment.signatureFile.ignoredOutputs);
    example = exampleInputs(session, assignment.signatureFile);
  } catch (error) {
    post({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
    port.close();
    return;
  }
  const { inputs, outputs, run, release } = session;
  post({ kind: 'loaded' });
  const served = outputs.map(({ name }) => name);
  const report = assignment.warm
    ? warmUp(session, {
        ...assignment,
        example,
        graph: readGraphFacts(assignment.modelFile, served),
        proveUpToMilliseconds: Infinity,
        now: () => performance.now(),
      })
    : notWarmedUp('the warm-up was left out');
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'close') {
      release();
      port.close();
      return;
    }
    const started = performance.now();
    try {
      const outputs = run(runAtOnce(receiveTensors(message.inputs)));
      const bytes = textBytes(outputs);
      if (bytes > assignment.largestTextBytes) {
        throw new Error(`out of memory: the texts of the outputs take ${Math.ceil(bytes / 1024 / 1024)} MiB`);
      }
      const runMilliseconds = performance.now() - started;
      const { sent, transfer } = runAtOnce(sendTensors(outputs));
      post({ kind: 'outputs', id: message.id, outputs: sent, runMilliseconds }, transfer);
    } catch (error) {
      post({ kind: 'error', id: message.id, message: error instanceof Error ? error.message : String(error) });
    }
  });
  post({ kind: 'ready', model: { inputs, outputs }, report });
}

work();
