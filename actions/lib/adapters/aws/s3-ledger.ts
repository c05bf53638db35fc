import { randomUUID } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UserError } from '../../domain/errors/user-error.ts';
import {
  decodeFact,
  encodeFact,
  factName,
  ledgerPrefix,
  sequenceOfFact,
  type FactObject,
  type FactOrigin,
} from '../../domain/ledger/fact.ts';
import { readHistory } from '../../domain/ledger/history.ts';
import type { NamedEnvironment } from '../../domain/environment/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { usesPathStyle, type AwsClientSettings } from './clients.ts';
import { callAws, describeSdkError } from './errors.ts';
import { inLanes } from './in-lanes.ts';

export interface S3LedgerOptions {
  readonly bucket: string;
  readonly environment: NamedEnvironment;
  readonly origin: FactOrigin;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

/** Writers that start together take turns: this many may. */
const MOST_APPENDS = 30;
const APPEND_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 1000;
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * The facts of an environment as objects of the state bucket. Each is written under the next free number, and never over
 * another: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function createS3Ledger(
  settings: AwsClientSettings,
  { bucket, environment, origin, clock }: S3LedgerOptions,
): Ledger {
  const client = new S3Client({
    forcePathStyle: usesPathStyle(),
    ...settings,
    // It would warn of the 412 that a writer expects who comes second.
    logger: SILENT,
  });
  const prefix = ledgerPrefix(environment);
  /** What was read or written: objects never change. */
  const known = new Map<number, FactObject>();

  const call = async <Result>(operation: string, name: string, work: () => Promise<Result>): Promise<Result> =>
    await callAws(operation, `s3://${bucket}/${prefix}${name}`, work, {
      missing: 'Run `npm run bootstrap` for the account: it makes the bucket of the state and the ledger.',
      denied: 'Run `npm run bootstrap` for the account: it gives the role what it needs on the ledger.',
    });

  const listed = async (after = 0): Promise<readonly number[]> =>
    await call('ListObjectsV2', '', async () => {
      const found: number[] = [];
      const StartAfter = after === 0 ? undefined : prefix + factName(after);
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix, StartAfter })) {
        for (const { Key = '' } of page.Contents ?? []) found.push(sequenceOfFact(Key.slice(prefix.length)) ?? 0);
      }
      return found.filter((sequence) => sequence > 0).sort((a, b) => a - b);
    });

  const get = async (sequence: number): Promise<FactObject> => {
    const object = known.get(sequence);
    if (object !== undefined) return object;
    const name = factName(sequence);
    const bytes = await call('GetObject', name, async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + name }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
    const read = { sequence, bytes };
    known.set(sequence, read);
    return read;
  };

  /** Whether the object is written; false where another one is there, or this very one and the answer to it was lost. */
  const put = async ({ sequence, bytes }: FactObject): Promise<boolean> => {
    const name = factName(sequence);
    return await call('PutObject', name, async () => {
      try {
        const Key = prefix + name;
        await client.send(
          new PutObjectCommand({
            ...{ Bucket: bucket, Key, Body: bytes, ContentType: 'application/json' },
            ChecksumAlgorithm: 'SHA256',
            IfNoneMatch: '*',
          }),
        );
        return true;
      } catch (error) {
        const { status } = describeSdkError(error);
        // 409: another write of the same key is not done yet. It may be this one's own, which the SDK has repeated.
        if (status === 412 || status === 409) return false;
        throw error;
      }
    });
  };

  return {
    read: async () => {
      return readHistory(await inLanes(await listed(), get), origin);
    },
    append: async (content) => {
      const id = randomUUID();
      const seen = Math.max(0, ...known.keys());
      /** The newest fact before this one was first tried. */
      const before = (await listed(seen)).at(-1) ?? seen;
      for (let tries = 1; tries <= MOST_APPENDS; tries += 1) {
        const newer = tries === 1 ? [] : await listed(before);
        for (const sequence of newer) if (decodeFact(await get(sequence))?.id === id) return sequence;
        const last = newer.at(-1) ?? before;
        const after = last === 0 ? undefined : await get(last);
        const at = new Date(clock.now()).toISOString();
        const fact = encodeFact(content, { id, at, origin, after });
        if (await put(fact)) {
          known.set(fact.sequence, fact);
          return fact.sequence;
        }
        await clock.sleep(Math.min(APPEND_PAUSE_MILLISECONDS * tries, LONGEST_PAUSE_MILLISECONDS));
      }
      throw new UserError({
        what: 'A fact could not be added to the ledger',
        where: `s3://${bucket}/${prefix}`,
        expected: 'a free sequence number',
        found: `${String(MOST_APPENDS)} times another writer came first`,
        remedy: 'Find out what else writes there: only one job at a time may change an environment.',
      });
    },
  };
}
