import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorValue } from './tensor.ts';
import type { NamedTensor } from './v2.ts';
import { fromOrt, toOrt } from './ort-tensor.ts';
import { mixedRequests, type RowInput } from './zoo-requests.ts';
import type { Specimen } from './zoo-specimens.ts';

/** Requests, and what onnxruntime-node alone answers to each. */
export interface BareAnswers {
  readonly requests: readonly (readonly NamedTensor[])[];
  /** By request, then by the name of the output. */
  readonly answers: readonly ReadonlyMap<string, TensorValue>[];
}

/** Runs requests of one row each with onnxruntime-node alone, one after the other. */
export async function runBareRequests({ bareFile, shapes }: Specimen, count: number): Promise<BareAnswers> {
  const session = await InferenceSession.create(bareFile, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const inputs = session.inputMetadata.map((metadata): RowInput => {
      if (!metadata.isTensor) throw new Error(`input "${metadata.name}" is no tensor`);
      const { name, type, shape } = metadata;
      if (type !== 'float32' && type !== 'float64' && type !== 'int64') throw new Error(`input "${name}" is ${type}`);
      return { name, type, shape: shapes?.[name] ?? shape.map((size) => (typeof size === 'number' ? size : 1)) };
    });
    const requests = mixedRequests(inputs, count);
    const answers: ReadonlyMap<string, TensorValue>[] = [];
    for (const request of requests) {
      const feeds: Record<string, Tensor> = Object.fromEntries(
        request.map(({ name, tensor }) => [name, toOrt(tensor)]),
      );
      const results = await session.run(feeds);
      answers.push(new Map(session.outputNames.map((name) => [name, fromOrt(name, results[name])])));
    }
    return { requests, answers };
  } finally {
    await session.release();
  }
}
