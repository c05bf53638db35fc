import { afterEach, describe, expect, it } from 'vitest';
import { writeModelFolder, type ModelFolder } from '../testing/small-models.ts';
import { tabularClassifier, type ClassifierShape } from '../testing/tabular-classifiers.ts';
import type { TestServer } from '../testing/test-server.ts';
import { placements, useTestServers } from '../testing/use-test-servers.ts';

const { start } = useTestServers();
let folder: ModelFolder | undefined;
afterEach(() => folder?.remove());

const shape: ClassifierShape = { kind: 'trees', labels: 'string', input: 'float32', classes: 3, hasZipMap: true };

async function serve(
  changes: Partial<ClassifierShape>,
  environment: Readonly<Record<string, string>> = {},
  signature?: object,
): Promise<TestServer> {
  const { graph, options } = tabularClassifier({ ...shape, ...changes });
  folder = writeModelFolder(graph, signature, options);
  return await start(folder.directory, environment);
}

const rows = [
  [0, 9, 0, 0],
  [9, 0, 0, 0],
];

describe('a classifier', () => {
  it.each(placements)('answers label and probabilities in each format: %s', async (placement) => {
    const { post, url } = await serve({}, { PLACEMENT: placement });
    const answer = async (body: string, type = 'application/json'): Promise<string> =>
      (await post('/invocations', body, { 'content-type': type })).text;
    const first = JSON.parse(await answer(`{"features":${JSON.stringify(rows[0])}}`)) as Record<string, unknown>;
    expect(first).toMatchObject({ prediction: ['versicolor'], label: 'versicolor' });
    const scores = (first['probabilities'] as number[]).map((score) => score.toFixed(3));
    expect(scores).toEqual(['0.083', '0.833', '0.083']);
    expect(JSON.parse(await answer(JSON.stringify({ features: rows })))).toMatchObject({
      prediction: ['versicolor', 'setosa'],
      label: ['versicolor', 'setosa'],
      probabilities: [first['probabilities'], expect.any(Array)],
    });
    expect(JSON.parse(await answer(JSON.stringify({ instances: rows })))).toMatchObject({
      predictions: ['versicolor', 'setosa'],
      label: ['versicolor', 'setosa'],
      probabilities: [first['probabilities'], expect.any(Array)],
    });
    const lines = (await answer('[0,9,0,0]\n[9,0,0,0]\n', 'application/jsonlines')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { prediction: 'versicolor', label: 'versicolor', probabilities: first['probabilities'] },
      { prediction: 'setosa', label: 'setosa' },
    ]);
    const [line] = (await answer('0,9,0,0\n9,0,0,0\n', 'text/csv')).split('\n');
    expect(line).toBe(`versicolor,${(first['probabilities'] as number[]).join(',')}`);
    const metadata = (await (await fetch(`${url}/v2/models/model`)).json()) as Record<string, Record<string, string>>;
    expect(metadata['properties']?.['classes.probabilities']).toBe('["setosa","versicolor","virginica"]');
  });

  it('without a ZipMap answers the same', async () => {
    const withZipMap = await serve({ labels: 'int64' });
    const body = JSON.stringify({ features: rows });
    const expected = (await withZipMap.post('/predict', body)).json();
    folder?.remove();
    const plain = await serve({ labels: 'int64', hasZipMap: false });
    expect((await plain.post('/predict', body)).json()).toEqual(expected);
    expect(Object.keys(expected)).toEqual(['prediction', 'label', 'probabilities']);
  });

  it('answers the output that signature.json names alone', async () => {
    const { post } = await serve({}, {}, { primaryOutput: 'label' });
    expect((await post('/predict', '{"features":[0,9,0,0]}')).json()).toEqual({ prediction: ['versicolor'] });
  });
});
