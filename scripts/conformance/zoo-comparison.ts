import { Agent } from 'node:http';
import { z } from 'zod';
import { send, type Answer } from '../../server/src/testing/http-client.ts';
import { startServer, waitUntilReady } from '../../server/src/testing/server-process.ts';
import { elements, type TensorValue } from './tensor.ts';
import { decodeResponse, encodeBinaryRequest, encodeJsonRequest, type EncodedRequest } from './v2.ts';
import { runBareRequests, type BareAnswers } from './zoo-bare-answers.ts';
import { writeExample, type Specimen } from './zoo-specimens.ts';

/** How a model's answers over HTTP compare with bare onnxruntime-node. */
export interface HeldModel {
  readonly specimen: Specimen;
  readonly batching: 'on' | 'off';
  /** Why rows do not share runs. */
  readonly batchingReason: string;
  readonly answers: number;
  readonly wrong: number;
  readonly largestDifference: number;
  /** The stated bound of batching; 0 demands equal bits. */
  readonly bound: number;
  readonly firstFault: string | undefined;
}

const connections = 32;
const distinctRequests = 64;
const propertiesSchema = z.object({ properties: z.record(z.string(), z.string()) });

/** Serves a model, and compares each answer: one by one as JSON, then under 32 connections as binary tensors. */
export async function holdAgainstBare(specimen: Specimen, answers: (isBatched: boolean) => number): Promise<HeldModel> {
  const bare = await runBareRequests(specimen, distinctRequests);
  // The second request has magnitude 1. A model whose open dimensions are the warm-up's to guess needs an example.
  const example = bare.requests[1];
  if (specimen.shapes !== undefined && example !== undefined) await writeExample(specimen.directory, example);
  const server = await startServer({ modelDirectory: specimen.directory, environment: { LOG_REQUESTS: 'none' } });
  try {
    await waitUntilReady(server.url);
    const { properties } = propertiesSchema.parse(await (await fetch(`${server.url}/v2/models/model`)).json());
    const isBatched = properties['batching'] === 'on';
    const bound = Number(properties['batchTolerance'] ?? 0);
    const tally = createTally(bare, isBatched ? bound : 0);
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const ask = async (index: number, { body, headers }: EncodedRequest): Promise<void> =>
      tally.take(index, await send(server.url, { path: '/v2/models/model/infer', body, headers, agent }));
    for (const [index, request] of bare.requests.entries()) await ask(index, encodeJsonRequest(request));
    const encoded = bare.requests.map(encodeBinaryRequest);
    let next = 0;
    const wanted = answers(isBatched);
    const client = async (): Promise<void> => {
      while (next < wanted) {
        const index = next++ % encoded.length;
        const request = encoded[index];
        if (request !== undefined) await ask(index, request);
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    agent.destroy();
    const batching = isBatched ? 'on' : 'off';
    return { specimen, batching, batchingReason: properties['batchingReason'] ?? '', bound, ...tally.result() };
  } finally {
    await server.stop();
  }
}

interface Tally {
  readonly take: (request: number, answer: Answer) => void;
  readonly result: () => Pick<HeldModel, 'answers' | 'wrong' | 'largestDifference' | 'firstFault'>;
}

function createTally({ answers }: BareAnswers, bound: number): Tally {
  let count = 0;
  let wrong = 0;
  let largest = 0;
  let firstFault: string | undefined;
  const compare = (request: number, { status, headers, body }: Answer): number => {
    if (status !== 200) throw new Error(`status ${status}: ${body.toString().slice(0, 200)}`);
    const expected = answers[request] ?? new Map<string, TensorValue>();
    const outputs = decodeResponse(headers, body);
    if (outputs.length !== expected.size) throw new Error(`${outputs.length} outputs, expected ${expected.size}`);
    let difference = 0;
    for (const { name, tensor } of outputs) {
      const other = expected.get(name);
      if (other === undefined) throw new Error(`there is no output "${name}"`);
      difference = Math.max(difference, differenceOf(other, tensor));
    }
    return difference;
  };
  return {
    take: (request, answer) => {
      count++;
      try {
        const difference = compare(request, answer);
        largest = Math.max(largest, difference);
        if (difference <= bound) return;
        throw new Error(`differs by ${difference}`);
      } catch (error) {
        wrong++;
        firstFault ??= `request ${request}: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
    result: () => ({ answers: count, wrong, largestDifference: largest, firstFault }),
  };
}

/** The largest difference, relative to values above 1; 0 for equal bits, and Infinity for tensors that cannot be compared. */
function differenceOf(expected: TensorValue, actual: TensorValue): number {
  if (expected.type !== actual.type || expected.dims.join() !== actual.dims.join()) return Infinity;
  if (
    expected.data instanceof Uint8Array &&
    actual.data instanceof Uint8Array &&
    Buffer.compare(expected.data, actual.data) === 0
  )
    return 0;
  const others = elements(actual);
  return elements(expected).reduce<number>((largest, value, index) => {
    const other = others[index];
    if (Object.is(value, other) || value === other) return largest;
    if (typeof value !== 'number' || typeof other !== 'number') return Infinity;
    const difference = Math.abs(value - other) / Math.max(1, Math.abs(value));
    return Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }, 0);
}
