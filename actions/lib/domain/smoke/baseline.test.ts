import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitBaseline, packBaseline, recordedFor, requestDigest, unpackBaseline, type Baseline } from './baseline.ts';
import { parseSmokeFile, type SmokeFile } from './cases.ts';

function smokeFile(parity: object | null = { absolute: 0.5 }, features: readonly number[] = [1]): SmokeFile {
  return parseSmokeFile({
    path: 'smoke.json',
    text: JSON.stringify({
      warmUpRequests: 0,
      minimumRequests: 1,
      concurrency: 1,
      timeoutSeconds: 10,
      limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 0 },
      parity,
      cases: ['long', 'short'].map((name) => ({
        name,
        request: { contentType: 'application/json', json: { features } },
        expect: { status: 200 },
      })),
    }),
  });
}

function baselineOf(file: SmokeFile, bodies: Readonly<Record<string, string | Uint8Array>>): Baseline {
  return Object.fromEntries(
    file.cases.flatMap((smoke) => {
      const body = bodies[smoke.name];
      return body === undefined ? [] : [[smoke.name, { kind: 'answered', request: requestDigest(smoke), body }]];
    }),
  );
}

describe('the baseline', () => {
  it('comes back from the ledger as it was: texts, bytes and refusals', () => {
    const baseline: Baseline = {
      text: { kind: 'answered', request: 'a', body: '{"y":[9007199254740993]}', contentType: 'application/json' },
      bytes: { kind: 'answered', request: 'b', body: Buffer.from([0xff, 0, 0xfe]), contentType: undefined },
      refusal: { kind: 'refused', request: 'c', detail: 'status 422' },
    };
    expect(unpackBaseline(packBaseline(baseline))).toEqual({
      ...baseline,
      text: { ...baseline['text'], contentType: 'application/json' },
    });
  });

  it.each(['', 'no base64', Buffer.from('{}').toString('base64')])('is unknown where the ledger has %j', (packed) => {
    expect(unpackBaseline(packed)).toBeUndefined();
  });

  it('keeps a long answer whole', () => {
    const file = smokeFile();
    const baseline = baselineOf(file, { long: JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i % 97)) });
    expect(fitBaseline(baseline, file)).toEqual(baseline);
  });

  it('refuses answers that are too long even when they are compressed, and names the longest', () => {
    const file = smokeFile();
    const baseline = baselineOf(file, { short: 'x', long: randomBytes(60_000) });
    expect(() => fitBaseline(baseline, file)).toThrow(/the longest are "long" \(\d+\), "short" \(\d+\)/);
  });

  it('leaves out the longest answers where parity is not judged', () => {
    const file = smokeFile(null);
    const baseline = baselineOf(file, { short: 'x', long: randomBytes(60_000) });
    expect(Object.keys(fitBaseline(baseline, file))).toEqual(['short']);
  });

  it('knows nothing of a case whose request has changed since', () => {
    const baseline = baselineOf(smokeFile(), { long: 'x' });
    const [same, changed] = [smokeFile().cases[0], smokeFile({ absolute: 0.5 }, [2]).cases[0]];
    if (same === undefined || changed === undefined) throw new Error('the file has no case');
    expect(recordedFor(baseline, same)?.kind).toBe('answered');
    expect(recordedFor(baseline, changed)).toBeUndefined();
  });
});
