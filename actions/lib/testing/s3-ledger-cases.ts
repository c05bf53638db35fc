import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createS3Ledger, type S3LedgerOptions } from '../adapters/aws/s3-ledger.ts';
import type { AwsClientSettings } from '../adapters/aws/clients.ts';
import { factName, ledgerPrefix, type FactContent } from '../domain/ledger/fact.ts';
import type { Ledger } from '../ports/ledger.ts';
import { createTestLedger, TEST_LEDGER_ENVIRONMENT, TEST_ORIGIN } from './test-ledger.ts';

export const TEST_BUCKET = 'scoring-210987654321-state';
export const TEST_PREFIX = ledgerPrefix(TEST_LEDGER_ENVIRONMENT);

/** An S3 with the bucket of the tests. */
export interface LedgerBucket {
  readonly settings: AwsClientSettings;
  /** A client besides those of the ledgers. */
  readonly client: S3Client;
}

/** The ledger of the tests' environment, for one run. Its clock does not wait. */
export function openLedger(
  settings: AwsClientSettings,
  change: Partial<Omit<S3LedgerOptions, 'environment'>> = {},
): Ledger {
  let now = Date.UTC(2026, 0, 1);
  return createS3Ledger(settings, {
    bucket: TEST_BUCKET,
    environment: TEST_LEDGER_ENVIRONMENT,
    origin: TEST_ORIGIN,
    clock: {
      now: () => (now += 1000),
      sleep: async () => await new Promise((resolve) => void setImmediate(resolve)),
    },
    ...change,
  });
}

/** The first fact of a deployment. */
export function begunFact(release: string): FactContent {
  return {
    kind: 'begun',
    task: 'deploy',
    release,
    image: `registry.example/scoring@sha256:${release}`,
    servedBefore: 'scoring-dev-000000000000',
    previousRelease: null,
    leaves: null,
    accepts: [],
    acceptsServing: null,
    reason: null,
  };
}

/** The keys below the ledger's prefix. */
export async function listKeys(client: S3Client): Promise<readonly string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: TEST_BUCKET, Prefix: TEST_PREFIX }));
  return Contents.map(({ Key = '' }) => Key.slice(TEST_PREFIX.length));
}

/** Puts an object below the ledger's prefix. */
async function putObject(client: S3Client, name: string, body: string | Uint8Array): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: TEST_BUCKET, Key: TEST_PREFIX + name, Body: body }));
}

/** The tests that hold with every S3; the bucket has no fact before each of them. */
export function itKeepsFacts(bucket: () => LedgerBucket): void {
  it('reads nothing where nothing was written', async () => {
    expect(await openLedger(bucket().settings).read()).toEqual({ attempts: [], damage: null });
  });

  it('writes the first fact, and chains the others to it, also from another run', async () => {
    const { settings, client } = bucket();
    const first = openLedger(settings);
    expect(await first.append(begunFact('a'))).toBe(1);
    expect(await first.append({ kind: 'step', attempt: 1, phase: 'updating', cause: 'accepted' })).toBe(2);
    const ended = { outcome: 'promoted', cause: 'seen', verdict: 'passed', serves: 'x', evidence: null } as const;
    expect(await openLedger(settings).append({ kind: 'ended', attempt: 1, ...ended })).toBe(3);
    expect(await first.append(begunFact('b'))).toBe(4);
    expect(await listKeys(client)).toEqual([1, 2, 3, 4].map(factName));
    const history = await openLedger(settings).read();
    expect(history).toMatchObject({
      damage: null,
      attempts: [
        { sequence: 4, begun: { release: 'b' }, isTrusted: true },
        { sequence: 1, begun: { release: 'a' }, steps: [{ phase: 'updating' }], ended, isTrusted: true },
      ],
    });
    // The ledger that has written, or read before, sees the same.
    expect(await first.read()).toEqual(history);
  });

  it('never overwrites a fact, and goes on after one that another run has written', async () => {
    const { settings } = bucket();
    const [one, other] = [openLedger(settings), openLedger(settings)];
    await one.append(begunFact('a'));
    await other.read();
    await one.append(begunFact('b'));
    expect(await other.append(begunFact('c'))).toBe(3);
    const { attempts, damage } = await one.read();
    expect([attempts.map(({ begun }) => begun.release), damage]).toEqual([['c', 'b', 'a'], null]);
  });

  it('lists more than 1,000 facts, which are two pages, and goes on after the newest', async () => {
    const { settings, client } = bucket();
    const facts = createTestLedger();
    for (let index = 0; index < 1003; index += 1) facts.begin(index.toString(16).padStart(12, '0'));
    for (let from = 0; from < facts.objects.length; from += 32) {
      const lane = facts.objects.slice(from, from + 32);
      await Promise.all(lane.map(({ sequence, bytes }) => putObject(client, factName(sequence), bytes)));
    }
    const ledger = openLedger(settings);
    expect(await ledger.append(begunFact('f'.repeat(12)))).toBe(1004);
    const { attempts, damage } = await ledger.read();
    expect([attempts.length, attempts[0]?.begun.release, damage]).toEqual([1004, 'f'.repeat(12), null]);
    expect(attempts.every(({ isTrusted }) => isTrusted)).toBe(true);
  });

  it.each(['0000001.json', '00000000.json', '000000010.json', 'old/00000009.json', '00000009.json.bak', 'notes.txt'])(
    'ignores another object below the prefix: %s',
    async (name) => {
      const { settings, client } = bucket();
      await putObject(client, name, 'not a fact');
      const ledger = openLedger(settings);
      expect(await ledger.append(begunFact('a'))).toBe(1);
      expect(await openLedger(settings).read()).toMatchObject({ damage: null, attempts: [{ sequence: 1 }] });
    },
  );

  it('keeps the facts of environments apart whose names begin alike', async () => {
    const { settings } = bucket();
    await openLedger(settings).append(begunFact('a'));
    const origin = { ...TEST_ORIGIN, endpoint: 'scoring-dev-2' };
    const environment = { ...TEST_LEDGER_ENVIRONMENT, name: 'dev-2' };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const other = createS3Ledger(settings, { bucket: TEST_BUCKET, environment, origin, clock });
    expect(await other.append(begunFact('b'))).toBe(1);
    expect((await openLedger(settings).read()).attempts.map(({ begun }) => begun.release)).toEqual(['a']);
  });

  it('shows what is no fact as damage, and chains the next fact to it', async () => {
    const { settings, client } = bucket();
    const ledger = openLedger(settings);
    await ledger.append(begunFact('a'));
    await putObject(client, factName(2), '{"version":');
    expect(await ledger.append(begunFact('b'))).toBe(3);
    const { attempts, damage } = await openLedger(settings).read();
    expect(damage).toBe('fact 2 is not a fact that this version reads');
    expect(attempts.map(({ isTrusted }) => isTrusted)).toEqual([true, false]);
  });

  it('says which bucket is missing, and what makes it', async () => {
    const ledger = openLedger(bucket().settings, { bucket: 'scoring-000000000000-state' });
    const message =
      /ListObjectsV2 failed for s3:\/\/scoring-000000000000-state\/ledger\/scoring\/dev\/[^]*NoSuchBucket/;
    await expect(ledger.read()).rejects.toThrow(message);
    await expect(ledger.append(begunFact('a'))).rejects.toThrow(/npm run bootstrap/);
  });
}
