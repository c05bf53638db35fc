import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import {
  begunFact,
  itKeepsFacts,
  listKeys,
  openLedger,
  TEST_BUCKET,
  type LedgerBucket,
} from '../../testing/s3-ledger-cases.ts';
import { factName } from '../../domain/ledger/fact.ts';
import type { Ledger } from '../../ports/ledger.ts';

type InProcessHandler = LocalAws['requestHandler'];
type Forward = () => ReturnType<InProcessHandler['handle']>;

const region = 'eu-west-1';
const WRITERS = 20;

describe('the ledger in S3 of the local AWS', () => {
  let aws: LocalAws;
  let folder: string;
  let bucket: LedgerBucket;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 's3-ledger-test-'));
    aws = await startLocalAws({ logDirectory: folder, region, launcher: { kind: 'fake' } });
    const credentials = { accessKeyId: 'AKIALOCALAWS00000001', secretAccessKey: 'local' };
    const settings = { region, endpoint: aws.url, forcePathStyle: true, credentials, maxAttempts: 3 };
    const client = new S3Client(settings);
    await client.send(
      new CreateBucketCommand({ Bucket: TEST_BUCKET, CreateBucketConfiguration: { LocationConstraint: region } }),
    );
    bucket = { settings, client };
  });
  afterEach(async () => {
    bucket.client.destroy();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  itKeepsFacts(() => bucket);

  /** The names of the releases of all attempts, in order of their facts, after a check that the chain has no damage. */
  const releases = async (): Promise<readonly string[]> => {
    const { attempts, damage } = await openLedger(bucket.settings).read();
    expect(damage).toBeNull();
    return attempts.map(({ begun }) => begun.release).toReversed();
  };
  /** A connection to the local AWS on which each PutObject does something else first, or instead. */
  const handlerWith = (onPut: (forward: Forward) => ReturnType<Forward>): InProcessHandler => ({
    ...aws.requestHandler,
    handle: async (request) => {
      const forward = async () => await aws.requestHandler.handle(request);
      return request.method === 'PUT' ? await onPut(forward) : await forward();
    },
  });
  /** Adds two facts, which have to be all that is there. */
  const appendTwo = async (ledger: Ledger): Promise<void> => {
    expect(await ledger.append(begunFact('a'))).toBe(1);
    expect(await ledger.append(begunFact('b'))).toBe(2);
    expect(await releases()).toEqual(['a', 'b']);
  };
  const names = Array.from({ length: WRITERS }, (_, index) => `release-${String(index).padStart(2, '0')}`);

  it('keeps every fact of two runs that write at once', async () => {
    const [one, other] = [openLedger(bucket.settings), openLedger(bucket.settings)];
    await Promise.all([one.append(begunFact('a')), other.append(begunFact('b'))]);
    await Promise.all([one.append(begunFact('c')), other.append(begunFact('d'))]);
    expect([...(await releases())].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['runs', () => openLedger(bucket.settings)],
    [
      'callers of one run',
      (() => {
        let shared: ReturnType<typeof openLedger> | undefined;
        return (isFirst: boolean) => (shared = isFirst || shared === undefined ? openLedger(bucket.settings) : shared);
      })(),
    ],
  ])('makes one chain without a gap of what 20 %s write at once', async (_who, open) => {
    const sequences = await Promise.all(names.map((name, index) => open(index === 0).append(begunFact(name))));
    expect(sequences.toSorted((a, b) => a - b)).toEqual(names.map((_, index) => index + 1));
    const found = await releases();
    expect(found.toSorted()).toEqual(names);
    // Each writer was told the number that its own fact has.
    expect(names.map((name) => found.indexOf(name) + 1)).toEqual(sequences);
    expect(await listKeys(bucket.client)).toEqual(names.map((_, index) => factName(index + 1)));
  });

  it.each(['before', 'after'] as const)('writes once where the connection breaks %s PutObject', async (when) => {
    aws.faults.inject({ kind: 'connection-reset', service: 's3', operation: 'PutObject', when, times: 1 });
    await appendTwo(openLedger(bucket.settings));
  });

  it.each([
    ['409', 'ConditionalRequestConflict', 'PutObject'],
    ['503', 'SlowDown', 'PutObject'],
    ['503', 'SlowDown', 'ListObjectsV2'],
    ['500', 'InternalError', 'GetObject'],
  ])('tries again after %s %s of %s', async (status, code, operation) => {
    await openLedger(bucket.settings).append(begunFact('a'));
    aws.faults.inject({ kind: 'api-error', service: 's3', operation, code, status: Number(status), times: 2 });
    expect(await openLedger(bucket.settings).append(begunFact('b'))).toBe(2);
    expect(aws.faults.list()).toEqual([]);
    expect(await releases()).toEqual(['a', 'b']);
  });

  it('writes once where the answer is lost, and S3 then says that the write is in progress', async () => {
    aws.faults.inject({ kind: 'connection-reset', service: 's3', operation: 'PutObject', when: 'after', times: 1 });
    const conflict = { code: 'ConditionalRequestConflict', status: 409, times: 1 };
    aws.faults.inject({ kind: 'api-error', service: 's3', operation: 'PutObject', ...conflict });
    expect(await openLedger(bucket.settings).append(begunFact('a'))).toBe(1);
    expect(await releases()).toEqual(['a']);
  });

  it('finds its own fact again where S3 finishes the write only after it said 409', async () => {
    let late: (() => Promise<unknown>) | undefined;
    let puts = 0;
    // The first try is under way while the second one is refused, and is done when the ledger has waited.
    const requestHandler = handlerWith(async (forward) => {
      puts += 1;
      if (puts > 1) return await forward();
      late = forward;
      const conflict = { code: 'ConditionalRequestConflict', status: 409, times: 1 };
      aws.faults.inject({ kind: 'api-error', service: 's3', operation: 'PutObject', ...conflict });
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    });
    const sleep = async (): Promise<void> => {
      await late?.();
    };
    await appendTwo(openLedger({ ...bucket.settings, requestHandler }, { clock: { now: () => 0, sleep } }));
  });

  it('writes once where another caller of the same run reads the fact whose answer was lost', async () => {
    const ledger = openLedger(bucket.settings);
    aws.faults.inject({ kind: 'connection-reset', service: 's3', operation: 'PutObject', when: 'after', times: 1 });
    const [added] = await Promise.all([ledger.append(begunFact('a')), ledger.append(begunFact('b')), ledger.read()]);
    expect((await releases()).toSorted()).toEqual(['a', 'b']);
    expect((await releases())[added - 1]).toBe('a');
  });

  it('gives up where another writer always comes first, and says where', async () => {
    const requestHandler = handlerWith(async (forward) => {
      await openLedger(bucket.settings).append(begunFact('other'));
      return await forward();
    });
    const ledger = openLedger({ ...bucket.settings, requestHandler });
    await expect(ledger.append(begunFact('a'))).rejects.toThrow(
      /A fact could not be added to the ledger[^]*s3:\/\/scoring-210987654321-state\/ledger\/scoring\/dev\/[^]*another writer/,
    );
    expect(new Set(await releases())).toEqual(new Set(['other']));
  });

  it.each([
    ['ListObjectsV2', /ListObjectsV2 failed for s3:\/\/scoring-210987654321-state\/ledger\/scoring\/dev\//],
    ['GetObject', /GetObject failed for s3:\/\/scoring-210987654321-state\/ledger\/scoring\/dev\/00000001\.json/],
    ['PutObject', /PutObject failed for s3:\/\/scoring-210987654321-state\/ledger\/scoring\/dev\/00000002\.json/],
  ])('says what the role is not allowed to do, on which object: %s', async (operation, message) => {
    await openLedger(bucket.settings).append(begunFact('a'));
    aws.faults.inject({ kind: 'api-error', service: 's3', operation, code: 'AccessDenied', status: 403 });
    const added = openLedger(bucket.settings).append(begunFact('b'));
    await expect(added).rejects.toThrow(message);
    await expect(added).rejects.toThrow(/the role is not allowed to[^]*AccessDenied[^]*npm run bootstrap/);
    await expect(added).rejects.toMatchObject({ kind: 'denied' });
    if (operation !== 'PutObject') await expect(openLedger(bucket.settings).read()).rejects.toThrow(message);
    aws.faults.clear();
    expect(await releases()).toEqual(['a']);
  });

  it('names the denied call also where it was made to look for a lost fact', async () => {
    aws.faults.inject({ kind: 'connection-reset', service: 's3', operation: 'PutObject', when: 'after', times: 1 });
    aws.faults.inject({ kind: 'api-error', service: 's3', operation: 'GetObject', code: 'AccessDenied', status: 403 });
    const added = openLedger(bucket.settings).append(begunFact('a'));
    await expect(added).rejects.toThrow(/GetObject failed for s3:[^]*npm run bootstrap/);
    await expect(added).rejects.toMatchObject({ kind: 'denied' });
  });

  it('writes nothing where S3 does not answer, and says so', async () => {
    aws.faults.inject({ kind: 'connection-reset', service: 's3' });
    await expect(openLedger(bucket.settings).append(begunFact('a'))).rejects.toMatchObject({ kind: 'unavailable' });
    aws.faults.clear();
    expect(await releases()).toEqual([]);
  });
});
