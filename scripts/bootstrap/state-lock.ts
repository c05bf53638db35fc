import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { describeSdkError } from '../../actions/lib/adapters/aws/errors.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { attempt, orNull, readObject, type AccountClients } from './aws-calls.ts';
import type { LockFact } from './facts.ts';

const lockSchema = z.looseObject({ ID: z.string(), Who: z.string(), Created: z.string(), Info: z.string() });

/** The lock on the state, whoever holds it. */
export async function readLock(clients: AccountClients): Promise<LockFact | null> {
  const text = await readObject(clients, clients.lockKey);
  if (text === null) return null;
  const { ID, Who, Created, Info } = lockSchema.parse(JSON.parse(text));
  return { id: ID, who: Who, created: Created, info: Info };
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
    await orNull(
      `DeleteObject s3://${bucketName}/${lockKey}`,
      ['NoSuchBucket'],
      async () => await s3.send(new DeleteObjectCommand({ ...owned, Key: lockKey })),
    );
  };
}

/** Removes the lock of a bootstrap on this machine that has ended without releasing it; any other stays. */
export async function removeDeadLock(
  { s3, bucketName, lockKey, owned }: AccountClients,
  held: LockFact | null,
): Promise<void> {
  if (held === null || !isOfDeadProcess(held)) return;
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
  if (!Number.isInteger(pid) || info !== lockInfo(pid)) return false;
  try {
    // Signal 0 only checks that the process exists.
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
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
