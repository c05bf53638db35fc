import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laboriousGraph, lastingGraph, linearGraph, lookupGraph } from '../testing/small-models.ts';
import { placements, useTestServers } from '../testing/use-test-servers.ts';

const { startGraph } = useTestServers();

describe.each(placements)('a model placed %s', (placement) => {
  it('gives the same outputs as inline, and reports its placement', async () => {
    const { url, post } = await startGraph(linearGraph(), { PLACEMENT: placement, WORKER_THREADS: '2' });
    expect((await post('/predict', '{"features":[[1,1,1],[2,0,0]]}')).text).toBe('{"prediction":[[6,-0.25],[2,-2]]}');
    const metadata = (await (await fetch(`${url}/v2/models/model`)).json()) as { properties: unknown };
    expect(metadata.properties).toMatchObject({ placement, batching: 'on', batchTolerance: '0.00001' });
  });

  it('returns to every concurrent caller its own rows', async () => {
    const { post } = await startGraph(linearGraph(), {
      PLACEMENT: placement,
      WORKER_THREADS: '2',
      MAX_BATCH_ROWS: '16',
    });
    const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
    const request = fc.array(fc.tuple(float, float, float), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 24 }), async (requests) => {
        const answers = await Promise.all(
          requests.map(async (features) => await post('/predict', JSON.stringify({ features }))),
        );
        for (const [index, rows] of requests.entries()) {
          const { prediction } = answers[index]?.json() as { prediction: number[][] };
          expect(prediction).toHaveLength(rows.length);
          for (const [row, [a, b, c]] of rows.entries()) {
            expect(prediction[row]?.[0]).toBeCloseTo(a + 2 * b + 3 * c, 1);
            expect(prediction[row]?.[1]).toBeCloseTo(-a + b / 2 + c / 4, 1);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('fails only the request with the faulty row', async () => {
    const { post } = await startGraph(lookupGraph(), { PLACEMENT: placement, WORKER_THREADS: '1' });
    const indices = Array.from({ length: 40 }, (_, index) => (index === 17 ? 99 : index % 4));
    const answers = await Promise.all(
      indices.map(async (index) => await post('/predict', JSON.stringify({ features: [index] }))),
    );
    for (const [position, answer] of answers.entries()) {
      const index = indices[position] ?? 0;
      if (index === 99) {
        expect(answer.status).toBe(400);
        expect(answer.text).toContain('the model could not run on these inputs');
      } else expect([answer.status, answer.json()]).toEqual([200, { prediction: [10 + index] }]);
    }
  });

  it('closes its port when it is drained', async () => {
    const running = await startGraph(linearGraph(), { PLACEMENT: placement, WORKER_THREADS: '1' });
    const requests = Array.from(
      { length: 32 },
      async (_, index) => await running.post('/predict', `{"features":[${index},0,0]}`),
    );
    const answers = await Promise.all(requests);
    const draining = running.drain();
    expect(answers.map(({ status }) => status)).toEqual(Array(32).fill(200));
    await draining;
    await expect(running.post('/predict', '{"features":[1,2,3]}')).rejects.toThrow();
    expect(running.log().at(-1)).toMatchObject({ message: 'stopped' });
  });
});

describe('a model whose runs are slower than at warm-up', () => {
  const place = async (url: string): Promise<unknown> => {
    const { properties } = (await (await fetch(`${url}/v2/models/model`)).json()) as {
      properties: Record<string, unknown>;
    };
    return properties['placement'];
  };

  it('starts in worker threads if the content of a request decides', async () => {
    const { url, post } = await startGraph(lastingGraph(), { WORKER_THREADS: '1' });
    expect(await place(url)).toBe('workers');
    expect((await post('/predict', '{"features":[1000000]}')).text.slice(0, 17)).toBe('{"prediction":0.6');
  });

  it('moves to worker threads before a request that would keep the event loop for too long', async () => {
    const { url, post, log } = await startGraph(laboriousGraph(), { WORKER_THREADS: '1', MAX_BODY_MIB: '64' });
    expect(await place(url)).toBe('inline');
    const row = Array(1_500_000).fill(0).join();
    const large = post('/predict', `{"features":[[${row}]]}`);
    const small = post('/predict', '{"features":[[0]]}');
    expect([(await large).status, (await small).status]).toEqual([200, 200]);
    expect(await place(url)).toBe('workers');
    expect(log().filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'runs take longer than at warm-up: moving the model to worker threads' },
    ]);
  });
});
