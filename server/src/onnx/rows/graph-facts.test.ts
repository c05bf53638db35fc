import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel, int64Initializer, tensor, type Graph, type Node } from '../../../sample-model/onnx-writer.ts';
import { lastingGraph, linearGraph, lookupGraph } from '../../testing/small-models.ts';
import { readGraphFacts } from './graph-facts.ts';
import { readOnnxModel } from '../read-onnx-model.ts';
import { timeDependsOnContent } from './graph-facts.ts';

const graph = (...nodes: Node[]): Graph => ({
  name: 'case',
  inputs: [{ name: 'x', type: tensor('int64', ['n']) }],
  outputs: [{ name: 'y', type: tensor('int64', ['n']) }],
  initializers: [int64Initializer('two', [1], [2])],
  nodes,
});
const node = (operator: string, inputs: string, output: string): Node => ({
  operator,
  inputs: inputs.split(' '),
  outputs: [output],
});
const tile = graph(node('Shape', 'x', 's'), node('Tile', 'x s', 'y'));

describe('the time of a run', () => {
  it.each([
    ['a size from an input', lastingGraph(), true],
    ['a size that is computed from an input', graph(node('Mul', 'x two', 's'), node('Tile', 'x s', 'y')), true],
    ['a loop', graph(node('Loop', 'two two x', 'y')), true],
    ['a matrix product', linearGraph(), false],
    ['a lookup', lookupGraph(), false],
    ['a size that is constant', graph(node('Tile', 'x two', 'y')), false],
    ['a size from a shape', tile, false],
  ])('of %s depends on content: %s', (_, model, expected) => {
    expect(timeDependsOnContent(readOnnxModel(encodeModel(model)))).toBe(expected);
  });
});

describe('readGraphFacts', () => {
  it('says whether a zero may become a divisor, and assumes the worst of an unreadable graph', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'facts-'));
    const facts = (content: Uint8Array | string): unknown => {
      const file = path.join(folder, 'model.onnx');
      writeFileSync(file, content);
      return readGraphFacts(file, ['y']);
    };
    try {
      expect(facts(encodeModel(linearGraph()))).toEqual({
        batchObstacle: undefined,
        timeDependsOnContent: false,
        dividesIntegers: false,
      });
      expect(facts(encodeModel(graph(node('Div', 'two x', 'y'))))).toMatchObject({ dividesIntegers: true });
      expect(facts('no model')).toMatchObject({
        batchObstacle: expect.stringContaining('the graph cannot be read') as string,
        timeDependsOnContent: true,
        dividesIntegers: true,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
