import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { attempt, orNull, readObject, type AccountClients } from './aws-calls.ts';
import { tryParseJson } from '../../actions/lib/domain/json/try-parse.ts';
import { isRunning } from './checkout-claim.ts';
import type { LockFact } from './facts.ts';

const lockSchema = z.looseObject({ ID: z.string(), Who: z.string(), Created: z.string(), Info: z.string() });

/** The lock on the state, whoever holds it. */
export async function readLock(clients: AccountClients): Promise<LockFact | null> {
  const text = await readObject(clients, clients.lockKey);
  if (text === null) return null;
  const lock = lockSchema.safeParse(tryParseJson(text));
  if (lock.success) return { id: lock.data.ID, who: lock.data.Who, created: lock.data.Created, info: lock.data.Info };
  throw new UserError({
    what: 'The lock on the state cannot be read',
    where: `s3://${clients.bucketName}/${clients.lockKey}`,
    expected: 'a lock as Terraform writes it',
    found: text.slice(0, 100),
    remedy: 'If nobody runs Terraform or the bootstrap, delete the object, then run the command again.',
  });
}

/**
 * Locks the state for this process, as Terraform would.
 *
 * @param held the lock that was found
 * @returns a function that releases the lock
 * @throws UserError when another process holds it.
 */
export async function lockState(clients: AccountClients, held: LockFact | null): Promise<() => Promise<void>> {
  const { s3, bucketName, key, lockKey, owned } = clients;
  if (held !== null && !isOfDeadProcess(held)) throw locked(held, `s3://${bucketName}/${lockKey}`);
  await removeDeadLock(clients, held);
  const ID = randomUUID();
  // Terraform's own format, so that a `terraform apply` by hand respects it.
  const Body = JSON.stringify({
    ...{ ID, Operation: 'OperationTypeApply', Info: lockInfo(process.pid) },
    ...{ Who: `${userInfo().username}@${hostname()}`, Version: '1.11.0' },
    ...{ Created: new Date().toISOString(), Path: `${bucketName}/${key}` },
  });
  // Without the bucket there is no state to lock: --destroy has deleted it before.
  await orNull(`PutObject s3://${bucketName}/${lockKey}`, ['NoSuchBucket'], async () => {
    try {
      await s3.send(new PutObjectCommand({ ...owned, Key: lockKey, Body, IfNoneMatch: '*' }));
    } catch (error) {
      const holder = describeSdkError(error).status === 412 ? await readLock(clients) : null;
      if (holder !== null) throw locked(holder, `s3://${bucketName}/${lockKey}`);
      throw error;
    }
  });
  return async () => {
    const holder = await readLock(clients);
    if (holder !== null && holder.id !== ID) throw locked(holder, `s3://${bucketName}/${lockKey}`);
    await orNull(
      `DeleteObject s3://${bucketName}/${lockKey}`,
      ['NoSuchBucket'],
      async () => await s3.send(new DeleteObjectCommand({ ...owned, Key: lockKey })),
    );
  };
}

/**
 * Removes the lock of a bootstrap on this machine that has ended without releasing it; any other stays, also one that was
 * taken since.
 */
export async function removeDeadLock(clients: AccountClients, held: LockFact | null): Promise<void> {
  const { s3, bucketName, lockKey, owned } = clients;
  if (held === null || !isOfDeadProcess(held)) return;
  // Somebody may have read the plan for minutes.
  if ((await readLock(clients))?.id !== held.id) return;
  await attempt(
    `DeleteObject s3://${bucketName}/${lockKey}`,
    async () => await s3.send(new DeleteObjectCommand({ ...owned, Key: lockKey })),
  );
}

function lockInfo(pid: number): string {
  return `npm run bootstrap, process ${String(pid)} on ${hostname()}`;
}

/** Whether a lock is of a bootstrap on this machine that has ended without releasing it. */
function isOfDeadProcess({ info }: LockFact): boolean {
  const pid = Number(/^npm run bootstrap, process (\d+) on /.exec(info)?.[1]);
  return Number.isInteger(pid) && info === lockInfo(pid) && !isRunning(pid);
}

function locked({ id, who, created, info }: LockFact, where: string): UserError {
  return new UserError({
    what: 'The state is locked',
    where,
    expected: 'no lock',
    found: `lock ${id} of ${who} since ${created}${info === '' ? '' : ` (${info})`}`,
    remedy: 'Wait until that run has ended. If it was killed, delete the object, then run the command again.',
  });
}
