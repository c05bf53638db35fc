import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFreshServer, type FreshServer } from '../../../scripts/testing/fresh-server.ts';
import { hostileMessage } from './bodies.ts';
import { createSeededRandom } from './seeded-random.ts';
import { sendHostileMessages } from './send-hostile.ts';
import { sampleTarget, typedTarget } from './targets.ts';
import { sampleTemplates } from './templates.ts';

let fresh: FreshServer;
beforeAll(async () => {
  fresh = await buildFreshServer();
});
afterAll(async () => {
  await fresh.remove();
});

describe('hostile input', () => {
  it.each([
    ['inline', sampleTarget()],
    ['workers', typedTarget()],
  ])(
    'neither ends, hangs nor confuses a server whose model runs: %s',
    async (placement, target) => {
      const report = await sendHostileMessages({
        target,
        seed: 20,
        count: 2000,
        bundle: fresh.bundle,
        environment: { PLACEMENT: placement },
      });
      expect(report.problems).toEqual([]);
      expect(report.exit).toEqual({ code: 0, signal: null });
      expect(report.statuses['422']).toBeGreaterThan(50);
      expect(report.statuses['raw connection']).toBeGreaterThan(10);
    },
    120_000,
  );

  it('is the same for the same seed', () => {
    const some = (seed: number): unknown[] => {
      const random = createSeededRandom(seed);
      return Array.from({ length: 50 }, () => hostileMessage(random, sampleTemplates()));
    };
    expect(some(5)).toEqual(some(5));
    expect(some(5)).not.toEqual(some(6));
  });
});
