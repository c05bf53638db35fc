import { getIDToken } from '@actions/core';
import { fromWebToken } from '@aws-sdk/credential-provider-web-identity';

/**
 * Credentials of a role that is assumed with the job's own OIDC token, anew whenever they are about to expire: a rollout
 * may take longer than one session. The job needs `id-token: write`.
 */
export function createOidcCredentials(roleArn: string, region: string) {
  return async () => {
    const provider = fromWebToken({
      roleArn,
      roleSessionName: 'sagemaker-gitops',
      webIdentityToken: await getIDToken('sts.amazonaws.com'),
      clientConfig: { region },
    });
    return await provider();
  };
}
