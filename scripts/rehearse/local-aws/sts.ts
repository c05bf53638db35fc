import type { Handlers } from './service.ts';
import type { Account } from './account.ts';
import type { Operations } from './api-models/sts.types.ts';

/** GetCallerIdentity: every access key belongs to the one account. */
export function stsHandlers({ id }: Account): Handlers<Operations> {
  return {
    GetCallerIdentity: (_input, caller) => ({
      UserId: caller.accessKeyId ?? 'anonymous',
      Account: id,
      Arn: caller.arn,
    }),
  };
}
