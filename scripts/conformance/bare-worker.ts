import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import type { BareResult } from './bare.ts';
import { readDataSets, type ConformanceCase } from './cases.ts';
import { difference } from './compare.ts';
import { fromOrt, toOrt } from './ort-tensor.ts';
import type { TensorValue } from './tensor.ts';

// Where Float16Array exists (Node 24), onnxruntime-node 1.30 makes it of all float16 data and then refuses it: "must be a
// typed array (4 or Float16Array) for float16 tensors, but got typed array (0)". Without it, it takes the bits, as on Node 20.
Reflect.deleteProperty(globalThis, 'Float16Array');

// A process of its own, since a case may crash the native library.
process.on('message', (message) => {
  void runCase(message as ConformanceCase).then((result) => process.send?.(result));
});

async function runCase(conformanceCase: ConformanceCase): Promise<BareResult> {
  try {
    const dataSets = readDataSets(conformanceCase);
    const session = await InferenceSession.create(join(conformanceCase.directory, 'model.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const { inputNames, outputNames } = session;
    try {
      const answers: TensorValue[][] = [];
      for (const { inputs, outputs } of dataSets) {
        const feeds = Object.fromEntries(
          inputs.map((input, index) => [inputNames[index] ?? `extra_${index}`, toOrt(input)]),
        );
        const results = await session.run(feeds);
        const answer = outputNames.slice(0, outputs.length).map((name) => fromOrt(name, results[name]));
        for (const [index, expected] of outputs.entries()) {
          const actual = answer[index];
          const found = actual === undefined ? 'is missing' : difference(expected, actual);
          if (found !== undefined) return { kind: 'failed', reason: `output ${index}: ${found}` };
        }
        answers.push(answer);
      }
      return { kind: 'passed', inputNames: [...inputNames], outputNames: [...outputNames], answers };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
