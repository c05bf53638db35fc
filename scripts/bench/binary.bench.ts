import { Agent } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededUniform } from '../../server/sample-model/random.ts';
import { send, type Message } from '../../server/src/testing/http-client.ts';
import { median, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast } from './claims.ts';
import { identityModel } from './models.ts';
import { cpuMicroseconds } from '../../server/src/testing/process-inspection.ts';
import { startOurs, type Running } from './processes.ts';

const values = 150_000;

const family: BenchFamily = { summary: `a tensor of ${values} floats there and back, as JSON, v2 binary and npy`, run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  await writeFile(join(context.scratchDirectory, 'model.onnx'), identityModel(values));
  const uniform = seededUniform(31);
  const floats = Float32Array.from({ length: values }, () => 20 * uniform() - 10);
  const messages: Readonly<Record<'JSON' | 'v2 binary' | 'npy', Message>> = {
    JSON: json(floats),
    'v2 binary': binary(floats),
    npy: npy(floats),
  };
  const requests: Readonly<Record<string, number>> = context.short
    ? { JSON: 10, 'v2 binary': 60, npy: 60 }
    : { JSON: 40, 'v2 binary': 400, npy: 400 };
  const server = await startOurs(context.scratchDirectory, { MAX_BODY_MIB: '16' });
  try {
    const costs = new Map<string, number[]>();
    for (let round = -1; round < context.rounds; round += 1) {
      for (const [name, message] of Object.entries(messages)) {
        const cost = await cpuForEach(server, message, requests[name] ?? 10);
        if (round >= 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
      }
    }
    const of = (name: string): number => median(costs.get(name) ?? []);
    const rows = [...costs.keys()].map(
      (name) => `| ${name} | ${of(name).toFixed(0)} | ${((1000 * of(name)) / values).toFixed(1)} |`,
    );
    context.report(['\n| format | CPU µs/request | ns/value |', '|---|---:|---:|', ...rows, ''].join('\n'));
    return [
      atLeast('a large tensor: cheaper as v2 binary than as JSON', of('JSON') / of('v2 binary'), 10),
      atLeast('a large tensor: cheaper as npy than as JSON', of('JSON') / of('npy'), 10),
    ];
  } finally {
    await server.stop();
  }
}

/** CPU time of the server for each request, in microseconds, over a few connections. */
async function cpuForEach(server: Running, message: Message, requests: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const before = cpuMicroseconds(server.pid);
  const answers = await Promise.all(Array.from({ length: requests }, () => send(server.url, { ...message, agent })));
  const used = cpuMicroseconds(server.pid) - before;
  agent.destroy();
  const bad = answers.find(({ status, body }) => status !== 200 || body.length < values);
  if (bad !== undefined) throw new Error(`status ${bad.status}: ${bad.body.toString('latin1').slice(0, 300)}`);
  return used / requests;
}

function json(floats: Float32Array): Message {
  const tensor = { name: 'values', shape: [1, values], datatype: 'FP32', data: [...floats] };
  return {
    path: '/v2/models/model/infer',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: [tensor] }),
  };
}

function binary(floats: Float32Array): Message {
  const tensor = {
    name: 'values',
    shape: [1, values],
    datatype: 'FP32',
    parameters: { binary_data_size: floats.byteLength },
  };
  const header = Buffer.from(JSON.stringify({ inputs: [tensor], parameters: { binary_data_output: true } }));
  return {
    path: '/v2/models/model/infer',
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    body: Buffer.concat([header, Buffer.from(floats.buffer)]),
  };
}

/** The npy format, version 1.0: magic, header length, a Python dict padded to 64 bytes, the elements. */
function npy(floats: Float32Array): Message {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, ${values}), }`;
  const padded = `${dictionary.padEnd(Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 11)}\n`;
  const start = Buffer.from('\u0093NUMPY\u0001\u0000\0\0', 'latin1');
  start.writeUInt16LE(padded.length, 8);
  return {
    path: '/invocations',
    headers: { 'content-type': 'application/x-npy', accept: 'application/x-npy' },
    body: Buffer.concat([start, Buffer.from(padded, 'latin1'), Buffer.from(floats.buffer)]),
  };
}
