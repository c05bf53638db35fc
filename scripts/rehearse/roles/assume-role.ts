import { fromWebToken } from '@aws-sdk/credential-provider-web-identity';
import type { AssumeRole } from '@sagemaker-gitops/workflow-runner';

/** Takes roles at the local AWS, as aws-actions/configure-aws-credentials does at STS. */
export function assumeRoleAt(endpoint: string, region: string): AssumeRole {
  return async (roleArn, token) => {
    const provider = fromWebToken({
      roleArn,
      roleSessionName: 'GitHubActions',
      webIdentityToken: token,
      clientConfig: { endpoint, region },
    });
    const { accessKeyId, secretAccessKey, sessionToken = '' } = await provider();
    return {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    };
  };
}
