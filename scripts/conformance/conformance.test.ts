import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  elementTypeNumbers,
  encodeMessage,
  encodeModel,
  tensor,
  type ElementType,
} from '../../server/sample-model/onnx-writer.ts';
import { buildFreshServer, type FreshServer } from '../testing/fresh-server.ts';
import { runBare } from './bare.ts';
import { listCases, type ConformanceCase } from './cases.ts';
import { renderReport, type CaseOutcome } from './report.ts';
import { startCaseServer, type Mode } from './served.ts';
import { packElements } from './tensor.ts';

let fresh: FreshServer;
let data: string;

interface Sample {
  readonly element: ElementType;
  readonly dims: readonly number[];
  readonly values: readonly unknown[];
}

/** Tensors that a careless server would change on their way through JSON. */
const samples: Readonly<Record<string, Sample>> = {
  large_integers: { element: 'int64', dims: [3], values: ['9007199254740993', '-9223372036854775808', '0'] },
  unsigned: { element: 'uint64', dims: [1, 2], values: ['18446744073709551615', '1'] },
  not_numbers: { element: 'float32', dims: [2, 2], values: [Number.NaN, Infinity, -Infinity, -0] },
  halves: { element: 'float16', dims: [4], values: [0x3555, 0x0001, 0x8000, 0x7c00] },
  scalar: { element: 'float64', dims: [], values: [0.1] },
  nothing: { element: 'int32', dims: [0, 3], values: [] },
  texts: { element: 'string', dims: [2], values: ['ünïcode "quoted"', ''] },
  truths: { element: 'bool', dims: [2], values: [1, 0] },
};

function tensorFile({ element, dims, values }: Sample): Uint8Array {
  const header = { dims: [...dims], dataType: elementTypeNumbers[element] };
  if (element === 'string') {
    return encodeMessage('TensorProto', { ...header, stringData: values.map((value) => Buffer.from(String(value))) });
  }
  return encodeMessage('TensorProto', { ...header, rawData: packElements(element, values) });
}

async function writeCase(name: string, given: Sample, expected: Sample): Promise<void> {
  const directory = join(data, 'node', name);
  await mkdir(join(directory, 'test_data_set_0'), { recursive: true });
  const type = tensor(
    given.element,
    given.dims.map((_, axis) => `d${axis}`),
  );
  const model = encodeModel({
    name,
    inputs: [{ name: 'x', type }],
    outputs: [{ name: 'y', type }],
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
  await writeFile(join(directory, 'model.onnx'), model);
  await writeFile(join(directory, 'test_data_set_0', 'input_0.pb'), tensorFile(given));
  await writeFile(join(directory, 'test_data_set_0', 'output_0.pb'), tensorFile(expected));
}

beforeAll(async () => {
  fresh = await buildFreshServer();
  data = await mkdtemp(join(tmpdir(), 'conformance-'));
  for (const [name, sample] of Object.entries(samples)) await writeCase(name, sample, sample);
  const one: Sample = { element: 'float32', dims: [1], values: [1] };
  await writeCase('wrong_expectation', one, { ...one, values: [1.01] });
});
afterAll(async () => {
  await rm(data, { recursive: true });
  await fresh.remove();
});

async function outcomesOf(mode: Mode, cases: readonly ConformanceCase[]): Promise<CaseOutcome[]> {
  const bareResults = await runBare(cases);
  const server = await startCaseServer(mode, fresh.bundle);
  const outcomes: CaseOutcome[] = [];
  try {
    for (const conformanceCase of cases) {
      const bare = bareResults.get(conformanceCase.name);
      if (bare === undefined) throw new Error(`${conformanceCase.name} was not run`);
      outcomes.push({
        name: conformanceCase.name,
        bare,
        ...(bare.kind === 'passed' ? { served: await server.run(conformanceCase, bare) } : {}),
      });
    }
  } finally {
    await server.close();
  }
  return outcomes;
}

describe('conformance', () => {
  it.each(['multi', 'single'] as const)('passes tensors of every kind through JSON and binary: %s', async (mode) => {
    const outcomes = await outcomesOf(mode, listCases(data));
    const identical = {
      json: { kind: 'passed', identicalToBare: true },
      binary: { kind: 'passed', identicalToBare: true },
    };
    for (const name of Object.keys(samples)) {
      expect(outcomes.find((outcome) => outcome.name === `node/${name}`)).toMatchObject({
        bare: { kind: 'passed' },
        served: identical,
      });
    }
    expect(outcomes.find(({ name }) => name === 'node/wrong_expectation')).toMatchObject({
      bare: { kind: 'failed', reason: expect.stringContaining('expected 1.00999') as unknown },
    });
    expect(renderReport(outcomes).failed).toBe(0);
  });

  it('counts a case that only the server fails, and says why', () => {
    const bare = { kind: 'passed', inputNames: ['x'], outputNames: ['y'], answers: [] } as const;
    const { text, failed } = renderReport([
      {
        name: 'node/good',
        bare,
        served: { json: { kind: 'passed', identicalToBare: true }, binary: { kind: 'passed', identicalToBare: false } },
      },
      {
        name: 'node/bad',
        bare,
        served: { json: { kind: 'passed', identicalToBare: true }, binary: { kind: 'failed', reason: 'status 500' } },
      },
      { name: 'node/beyond', bare: { kind: 'failed', reason: 'no such operator' } },
    ]);
    expect(failed).toBe(1);
    expect(text).toContain('| node | 3 | 2 | 2 | 1 | 2 | 0 |');
    expect(text).toContain('node/bad (binary): status 500');
  });

  it('says where it looked when there are no cases', () => {
    expect(() => listCases(join(data, 'nowhere'))).toThrow(/nowhere: expected GROUP\/CASE\/model\.onnx/);
  });
});
