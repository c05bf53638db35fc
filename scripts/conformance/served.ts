import { basename } from 'node:path';
import { send, type Answer } from '../../server/src/testing/http-client.ts';
import {
  serverBundle,
  startServer,
  waitUntilReady,
  type ServerProcess,
} from '../../server/src/testing/server-process.ts';
import type { BareResult } from './bare.ts';
import { readDataSets, type ConformanceCase, type DataSet } from './cases.ts';
import { difference, identical } from './compare.ts';
import { decodeResponse, encodeBinaryRequest, encodeJsonRequest, type EncodedRequest, type NamedTensor } from './v2.ts';

export type Protocol = 'json' | 'binary';

/** What the server made of a case through one protocol. */
type ServedResult =
  { readonly kind: 'passed'; readonly identicalToBare: boolean } | { readonly kind: 'failed'; readonly reason: string };

export type PassedBare = Extract<BareResult, { kind: 'passed' }>;

export type ServedCase = Readonly<Record<Protocol, ServedResult>>;

const encoders: Readonly<Record<Protocol, (inputs: readonly NamedTensor[]) => EncodedRequest>> = {
  json: encodeJsonRequest,
  binary: encodeBinaryRequest,
};

/** A multi-model server that is replaced when a case ends it, so that one crash hides no other case. */
export interface CaseServer {
  readonly run: (conformanceCase: ConformanceCase, bare: PassedBare) => Promise<ServedCase>;
  readonly close: () => Promise<void>;
}

/** How the server gets the model of a case: loaded into a multi-model server, or as the one model of a fresh server. */
export type Mode = 'multi' | 'single';

// Inputs of some cases are larger than SageMaker's bodies may be.
const environment = { MAX_BODY_MIB: '256', LOG_REQUESTS: 'none' };

/** Starts what runs cases one after the other, on the built server or another bundle of it. */
export async function startCaseServer(mode: Mode, bundle: string = serverBundle): Promise<CaseServer> {
  if (mode === 'multi') return await startMultiModelCases(bundle);
  return { run: (conformanceCase, bare) => runAlone(bundle, conformanceCase, bare), close: () => Promise.resolve() };
}

/** One server that loads and unloads the model of each case through SageMaker's multi-model routes. */
async function startMultiModelCases(bundle: string): Promise<CaseServer> {
  let server = await startMultiModelServer(bundle);
  return {
    run: async (conformanceCase, bare) => {
      const result = await runLoaded(server, conformanceCase, bare);
      if (!(await alive(server))) {
        const { code, signal } = await server.stop();
        const reason = `the server ended with ${signal ?? `exit code ${String(code)}`}:\n${server.log()}`;
        server = await startMultiModelServer(bundle);
        return failedBoth(reason);
      }
      return result;
    },
    close: async () => {
      await server.stop();
    },
  };
}

/** A server of its own, with the folder of the case as its model folder. */
async function runAlone(bundle: string, conformanceCase: ConformanceCase, bare: PassedBare): Promise<ServedCase> {
  try {
    const server = await startServer({ bundle, modelDirectory: conformanceCase.directory, environment });
    try {
      await waitUntilReady(server.url);
      return await inferBoth(server.url, 'model', conformanceCase, bare);
    } finally {
      await server.stop();
    }
  } catch (error) {
    return failedBoth(error instanceof Error ? error.message : String(error));
  }
}

function failedBoth(reason: string): ServedCase {
  return { json: { kind: 'failed', reason }, binary: { kind: 'failed', reason } };
}

async function startMultiModelServer(bundle: string): Promise<ServerProcess> {
  const server = await startServer({
    bundle,
    environment: { ...environment, SAGEMAKER_MULTI_MODEL: 'true' },
  });
  await waitUntilReady(server.url);
  return server;
}

async function alive(server: ServerProcess): Promise<boolean> {
  return await send(server.url, { path: '/ping', timeoutMilliseconds: 10_000 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function runLoaded(
  { url }: ServerProcess,
  conformanceCase: ConformanceCase,
  bare: PassedBare,
): Promise<ServedCase> {
  const model = basename(conformanceCase.directory);
  try {
    const body = JSON.stringify({ model_name: model, url: conformanceCase.directory });
    const loaded = await send(url, { path: '/models', body, headers: { 'content-type': 'application/json' } });
    if (loaded.status !== 200)
      throw new Error(`loading answered ${loaded.status}: ${loaded.body.toString().slice(0, 300)}`);
    const result = await inferBoth(url, model, conformanceCase, bare);
    const unloaded = await send(url, { method: 'DELETE', path: `/models/${model}` });
    if (unloaded.status !== 200) throw new Error(`unloading answered ${unloaded.status}`);
    return result;
  } catch (error) {
    return failedBoth(error instanceof Error ? error.message : String(error));
  }
}

async function inferBoth(
  url: string,
  model: string,
  conformanceCase: ConformanceCase,
  bare: PassedBare,
): Promise<ServedCase> {
  const dataSets = readDataSets(conformanceCase);
  return {
    json: await inferAll(url, model, 'json', dataSets, bare),
    binary: await inferAll(url, model, 'binary', dataSets, bare),
  };
}

async function inferAll(
  url: string,
  model: string,
  protocol: Protocol,
  dataSets: readonly DataSet[],
  bare: PassedBare,
): Promise<ServedResult> {
  let identicalToBare = true;
  try {
    for (const [index, { inputs, outputs }] of dataSets.entries()) {
      const named = inputs.map((tensor, input) => ({ name: bare.inputNames[input] ?? `extra_${input}`, tensor }));
      const { body, headers } = encoders[protocol](named);
      const answer = await send(url, { path: `/v2/models/${model}/infer`, body, headers });
      const answered = decodeAnswer(answer, protocol);
      for (const [output, expected] of outputs.entries()) {
        const name = bare.outputNames[output];
        const actual = answered.find((candidate) => candidate.name === name)?.tensor;
        const found = actual === undefined ? 'is missing' : difference(expected, actual);
        if (found !== undefined) throw new Error(`output "${String(name)}" ${found}`);
        const alone = bare.answers[index]?.[output];
        identicalToBare &&= actual !== undefined && alone !== undefined && identical(actual, alone);
      }
    }
    return { kind: 'passed', identicalToBare };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function decodeAnswer({ status, headers, body }: Answer, protocol: Protocol): NamedTensor[] {
  if (status !== 200) throw new Error(`status ${status}: ${body.toString().slice(0, 300)}`);
  if (protocol === 'binary' && headers['inference-header-content-length'] === undefined) {
    throw new Error('the answer to a request for binary outputs has no Inference-Header-Content-Length');
  }
  return decodeResponse(headers, body);
}
