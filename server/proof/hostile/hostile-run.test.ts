import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFreshServer, type FreshServer } from '../../src/testing/fresh-server.ts';
import { hostileMessage } from './bodies.ts';
import { seededChoices } from './seeded-choices.ts';
import { sendHostileMessages } from './hostile-run.ts';
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
    'does not crash, hang or confuse a server with placement %s',
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
      const choices = seededChoices(seed);
      return Array.from({ length: 50 }, () => hostileMessage(choices, sampleTemplates()));
    };
    expect(some(5)).toEqual(some(5));
    expect(some(5)).not.toEqual(some(6));
  });
});
