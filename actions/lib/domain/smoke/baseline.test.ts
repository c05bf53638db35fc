import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { packBaseline, recordedFor, requestDigest, unpackBaseline, type Baseline } from './baseline.ts';
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

  it('keeps long answers whole, as a fact has no limit that they could reach', () => {
    const baseline: Baseline = {
      numbers: { kind: 'answered', request: 'a', body: JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i)) },
      bytes: { kind: 'answered', request: 'b', body: randomBytes(200_000) },
    };
    expect(unpackBaseline(packBaseline(baseline))).toEqual({
      numbers: { ...baseline['numbers'], contentType: undefined },
      bytes: { ...baseline['bytes'], contentType: undefined },
    });
  });

  it('knows nothing of a case whose request has changed since', () => {
    const baseline = baselineOf(smokeFile(), { long: 'x' });
    const [same, changed] = [smokeFile().cases[0], smokeFile({ absolute: 0.5 }, [2]).cases[0]];
    if (same === undefined || changed === undefined) throw new Error('the file has no case');
    expect(recordedFor(baseline, same)?.kind).toBe('answered');
    expect(recordedFor(baseline, changed)).toBeUndefined();
  });
});
