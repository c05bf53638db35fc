import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { renderEmbeddedMetrics } from './embedded-metrics.ts';

describe('a line of embedded metrics', () => {
  it('has the requests since the previous line, in the format of CloudWatch', () => {
    const metrics = createMetrics();
    metrics.request({ route: '/predict', status: 500, seconds: 9 });
    const before = metrics.totals();
    for (const [status, seconds] of [
      [200, 0.001],
      [422, 0.002],
      [503, 0.006],
    ] as const) {
      metrics.request({ route: '/predict', status, seconds });
    }
    metrics.batchCheck('model', true);
    metrics.batchCheck('model', false);
    const line = renderEmbeddedMetrics(before, metrics.totals(), 'r1', 1_700_000_000_000) ?? '';
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'OnnxInferenceServer',
            Dimensions: [['ReleaseId']],
            Metrics: [
              { Name: 'Requests', Unit: 'Count' },
              { Name: 'Faults', Unit: 'Count' },
              { Name: 'MeanDuration', Unit: 'Milliseconds' },
              { Name: 'BatchDisagreements', Unit: 'Count' },
            ],
          },
        ],
      },
      ReleaseId: 'r1',
      Requests: 3,
      Faults: 1,
      MeanDuration: expect.closeTo(3, 6) as number,
      BatchDisagreements: 1,
    });
  });

  it('has no dimension without a release, and is not written without requests', () => {
    const metrics = createMetrics();
    const before = metrics.totals();
    expect(renderEmbeddedMetrics(before, metrics.totals(), undefined, 0)).toBeUndefined();
    metrics.request({ route: '/predict', status: 200, seconds: 0 });
    expect(JSON.parse(renderEmbeddedMetrics(before, metrics.totals(), undefined, 0) ?? '')).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Dimensions: [[]] }] },
      Requests: 1,
    });
  });
});
