import { describe, expect, it } from 'vitest';
import { sample, useTestServers } from '../testing/use-test-servers.ts';

const { start } = useTestServers();

describe('metrics and logs', () => {
  it('count requests and runs', async () => {
    const { url, post } = await start(sample);
    await post('/predict', '{"features":[1,2,3]}');
    await post('/predict', '{"features":[1,2]}');
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('http_requests_total{route="/predict",status="200"} 1\n');
    expect(text).toContain('http_requests_total{route="/predict",status="422"} 1\n');
    expect(text).toContain('inference_run_rows_sum{model="model"} 1\n');
  });

  it('have failed requests with their ids, and a payload only with LOG_PAYLOADS', async () => {
    const quiet = await start(sample);
    const headers = {
      'content-type': 'application/json',
      'x-amzn-sagemaker-inference-id': 'i-1',
      'x-request-id': 'q-1',
    };
    await quiet.post('/invocations', '{"features":["secret"]}', headers);
    const line = quiet.log().find(({ message }) => message === 'request');
    expect(line).toMatchObject({ route: '/invocations', status: 422, requestId: 'q-1', inferenceId: 'i-1' });
    expect(line).not.toHaveProperty('payload');
    await quiet.drain();
    const verbose = await start(sample, { LOG_PAYLOADS: 'true', LOG_REQUESTS: 'all' });
    await verbose.post('/invocations', '{"features":[1,2,3]}', headers);
    expect(verbose.log().find(({ message }) => message === 'request')).toMatchObject({
      payload: '{"features":[1,2,3]}',
    });
  });
});
