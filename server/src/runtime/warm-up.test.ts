import { afterEach, describe, expect, it } from 'vitest';
import { loadSession } from './session.ts';
import { warmUp, type WarmUpOptions } from './warm-up.ts';
import {
  batchMixingGraph,
  decibelGraph,
  dynamicallyQuantizedGraph,
  identityGraph,
  linearGraph,
  lookupGraph,
  writeModelFolder,
  zipMapGraph,
  type ModelFolder,
} from '../testing/small-models.ts';
import type { Graph, ModelOptions } from '../../sample-model/onnx-writer.ts';

describe('warmUp', () => {
  let folder: ModelFolder | undefined;
  afterEach(() => folder?.remove());

  const options: WarmUpOptions = {
    tolerance: 1e-5,
    example: undefined,
    graph: { batchObstacle: undefined, timeDependsOnContent: false, dividesIntegers: false },
    prove: true,
    proveUpToMilliseconds: Infinity,
    now: () => performance.now(),
  };
  const load = (graph: Graph, modelOptions?: ModelOptions) => {
    folder = writeModelFolder(graph, undefined, modelOptions);
    return loadSession(`${folder.directory}/model.onnx`, { intraOpNumThreads: 1 });
  };

  it('reports that the rows of a linear model agree alone and together', () => {
    const report = warmUp(load(linearGraph()), options);
    expect(report).toMatchObject({ inputs: 'synthetic', batch: { kind: 'agrees', tolerance: 1e-5, rowsTried: 12 } });
    expect(report.oneRowMilliseconds).toBeGreaterThan(0);
  });

  it('refuses to batch a model that clamps by the largest value of all rows, as rows differ in magnitude', () => {
    const example = [{ type: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) }] as const;
    const { batch } = warmUp(load(decibelGraph()), { ...options, example });
    expect(batch).toMatchObject({ kind: 'refused', reason: expect.stringContaining('do not agree') as string });
  });

  it('refuses to batch a dynamically quantised model, from an example of one row', () => {
    const example = [{ type: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) }] as const;
    const { batch } = warmUp(load(dynamicallyQuantizedGraph()), { ...options, example });
    expect(batch).toMatchObject({ kind: 'refused', reason: expect.stringContaining('do not agree') as string });
  });

  it('refuses to batch by the graph, with its reason', () => {
    const graph = { ...options.graph, batchObstacle: 'node "max" (ReduceMax) reduces over all rows' };
    const { batch } = warmUp(load(linearGraph()), { ...options, graph });
    expect(batch).toEqual({ kind: 'refused', reason: graph.batchObstacle });
  });

  it('refuses to batch where only one row can be made: equal rows show nothing', () => {
    const example = [{ type: 'float32', shape: [1, 0], data: new Float32Array() }] as const;
    const { batch } = warmUp(load(identityGraph('float32', ['batch', 'n'])), { ...options, example });
    expect(batch).toMatchObject({ kind: 'refused', reason: expect.stringContaining('one distinct row') as string });
  });

  it('refuses to batch a model whose rows depend on each other', () => {
    const { batch } = warmUp(load(batchMixingGraph()), options);
    expect(batch).toMatchObject({ kind: 'refused', reason: expect.stringContaining('do not agree') as string });
  });

  it.each([
    ['a fixed batch dimension', identityGraph('float32', [1, 3]), 'the first dimension of input "x" is fixed at 1'],
    ['no dimension', identityGraph('float32', []), 'input "x" has no dimension to batch along'],
  ])('refuses to batch a model with %s', (_, graph, reason) => {
    expect(warmUp(load(graph), options).batch).toEqual({ kind: 'refused', reason });
  });

  it('generates inputs for indices and for text', () => {
    expect(warmUp(load(lookupGraph()), options)).toMatchObject({ inputs: 'synthetic', batch: { kind: 'agrees' } });
    expect(warmUp(load(identityGraph('string', ['batch'])), options)).toMatchObject({ batch: { kind: 'agrees' } });
  });

  it('tries no input larger than its bound, whatever the number of open dimensions', () => {
    const session = load(identityGraph('float32', ['batch', 'a', 'b', 'c', 'd']));
    const sizes: number[] = [];
    const picky = {
      ...session,
      run: ([x]: Parameters<typeof session.run>[0]) => {
        sizes.push(x?.data.length ?? 0);
        throw new Error('refuses every size');
      },
    };
    expect(warmUp(picky, options)).toMatchObject({ inputs: 'none', timeDependsOnContent: true });
    expect(sizes).toEqual([8 ** 4, 1, 32 ** 4]);
  });

  it('tries no further size once the sizes have taken too long', () => {
    let time = 0;
    const session = load(identityGraph('float32', ['batch', 'a']));
    const slow = {
      ...session,
      run: () => {
        time += 3000;
        throw new Error('refuses every size');
      },
    };
    expect(warmUp(slow, { ...options, now: () => time })).toMatchObject({ inputs: 'none' });
    expect(time).toBe(6000);
  });

  it('does not test batching of a model that is too slow for the event loop', () => {
    const { batch } = warmUp(load(linearGraph()), { ...options, proveUpToMilliseconds: 0 });
    expect(batch).toMatchObject({
      kind: 'refused',
      reason: 'not tested: the model is too slow to run on the event loop',
    });
  });
});

describe('loadSession', () => {
  let folder: ModelFolder | undefined;
  afterEach(() => folder?.remove());

  it('leaves ignored outputs out', () => {
    const { graph, options } = zipMapGraph();
    folder = writeModelFolder(graph, undefined, options);
    const session = loadSession(`${folder.directory}/model.onnx`, {}, ['probabilities']);
    const [label] = session.run([{ type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 4, 3) }]);
    expect(label).toEqual({ type: 'int64', shape: [2], data: BigInt64Array.of(1n, 0n) });
    session.release();
  });

  it('keeps float16 as bits on every Node version', () => {
    folder = writeModelFolder(identityGraph('float16', ['n']));
    const session = loadSession(`${folder.directory}/model.onnx`, {});
    const x = { type: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xfe00) } as const;
    expect(session.run([x])).toEqual([x]);
    session.release();
  });
});
