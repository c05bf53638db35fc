import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseConfiguration } from './configuration.ts';
import { serve, type RunningServer } from './serve.ts';

const sample = path.resolve(import.meta.dirname, '../model');

describe('the server with the sample model', () => {
  let running: RunningServer | undefined;
  afterEach(async () => {
    await running?.drain();
    running = undefined;
  });

  const start = async (environment: Record<string, string> = {}): Promise<string> => {
    running = await serve({
      configuration: parseConfiguration({ PORT: '0', LOG_LEVEL: 'error', ...environment }),
      modelDirectory: sample,
      workerEntry: path.join(import.meta.dirname, 'inference-worker.ts'),
      write: () => undefined,
    });
    return `http://127.0.0.1:${running.port}`;
  };

  it('answers the request of the blog design with the release that served it', async () => {
    const url = await start({ RELEASE_ID: '0123456789ab' });
    const response = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"features":[1.2,3.4,5.6]}',
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('release-id=0123456789ab');
    const { prediction } = (await response.json()) as { prediction: number[] };
    expect(prediction).toHaveLength(1);
    expect(prediction[0]).toBeCloseTo(4.8, 1);
  });

  it('is ready on /ping and live on /', async () => {
    const url = await start();
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    expect(await (await fetch(url)).json()).toMatchObject({ status: 'live' });
  });
});
