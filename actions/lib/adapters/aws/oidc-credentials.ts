import { setTimeout as delay } from 'node:timers/promises';
import { getIDToken } from '@actions/core';
import { fromWebToken } from '@aws-sdk/credential-provider-web-identity';
import { retrying } from '../../domain/errors/retry.ts';

const RETRIES = { attempts: 3, firstWaitMilliseconds: 500 };

/**
 * Credentials of a role that is assumed with the job's own OIDC token, anew whenever they are about to expire: a rollout
 * may take longer than one session. The job needs `id-token: write`.
 *
 * The SDK asks again five minutes before a session ends (`expiration` of its credential identities). A token that can't be
 * had is reported under the name that the SDK has for it, so that a swap is interrupted and can be continued.
 */
export function createOidcCredentials(
  roleArn: string,
  region: string,
  sleep: (milliseconds: number) => Promise<unknown> = delay,
) {
  return async () => {
    const webIdentityToken = await fetchToken(roleArn, sleep);
    const provider = fromWebToken({
      roleArn,
      roleSessionName: 'sagemaker-gitops',
      webIdentityToken,
      clientConfig: { region },
    });
    return await provider();
  };
}

async function fetchToken(roleArn: string, sleep: (milliseconds: number) => Promise<unknown>): Promise<string> {
  try {
    return await retrying({ ...RETRIES, sleep }, async () => await getIDToken('sts.amazonaws.com'));
  } catch (cause) {
    throw withoutToken(roleArn, cause);
  }
}

function withoutToken(roleArn: string, cause: unknown): Error {
  const found = cause instanceof Error ? cause.message : String(cause);
  const message = `GitHub gave no OIDC token to assume ${roleArn} with (does the job have "id-token: write"?): ${found}`;
  const error = new Error(message.replaceAll(/\s+/g, ' '), { cause });
  error.name = 'CredentialsProviderError';
  return error;
}
