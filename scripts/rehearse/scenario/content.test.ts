import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeModel, tensor } from '../../../server/sample-model/onnx-writer.ts';
import { writeSampleTeam } from '../../testing/sample-team/write.ts';
import { modelProblem, readContent } from './content.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'content-test-'));
  await writeSampleTeam(root);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

it('tells the story of the service with the longest chain, in promotion order', async () => {
  const { main, others } = await readContent(root);
  expect([main.service, ...main.environments.map(({ name }) => name)]).toEqual([
    'scoring',
    'trial',
    'preview',
    'prime',
  ]);
  expect(others.map(({ service, first, last }) => [service, first.name, last.name])).toEqual([
    ['labelling', 'label-trial', 'label-prime'],
  ]);
});

describe('a model', () => {
  it('is rehearsed where onnxruntime loads it', async () => {
    expect(await modelProblem(root, 'scoring')).toBeUndefined();
  });

  it('is not rehearsed where there is none', async () => {
    expect(await modelProblem(root, 'ranking')).toBe('server/models/ranking/model.onnx is not there');
  });

  it('is not rehearsed above 512 MiB, external data included', async () => {
    const weights = path.join(root, 'server/models/scoring/weights.bin');
    await writeFile(weights, '');
    await truncate(weights, 513 * 2 ** 20);
    expect(await modelProblem(root, 'scoring')).toMatch(/^server.models.scoring has 513 MiB, more than the 512 MiB/);
  });

  it('is not rehearsed with an operator that this machine has not', async () => {
    await mkdir(path.join(root, 'server/models/ranking'));
    const model = encodeModel({
      name: 'foreign',
      inputs: [{ name: 'x', type: tensor('float32', ['batch']) }],
      outputs: [{ name: 'y', type: tensor('float32', ['batch']) }],
      initializers: [],
      nodes: [{ operator: 'NoSuchOperator', inputs: ['x'], outputs: ['y'] }],
    });
    await writeFile(path.join(root, 'server/models/ranking/model.onnx'), model);
    expect(await modelProblem(root, 'ranking')).toMatch(
      /can't load server.models.ranking.model.onnx here \(.*NoSuchOperator/,
    );
  });
});
