import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { AwsError, type WebIdentity } from '@sagemaker-gitops/local-aws';
import { isTrusted, type Role } from './roles.ts';

const AUDIENCE = 'sts.amazonaws.com';

/**
 * STS's part in OIDC: checks a token of a local GitHub by its published keys, then asks the trust policy of the role.
 *
 * @param serverUrl address of that GitHub, whose keys are read when the first token comes
 */
export function createWebIdentity(serverUrl: string, roles: ReadonlyMap<string, Role>): WebIdentity {
  const issuer = `${serverUrl}/oidc`;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));
  return {
    authorize: async ({ roleArn, token }) => {
      const { sub, ...claims } = await verify(token, issuer, keys);
      if (!(await isTrusted(roles, roleArn, { ...claims, sub, aud: AUDIENCE }))) {
        throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
      }
      return {
        subject: sub,
        audience: AUDIENCE,
        provider: roleArn.replace(/:role\/.*$/, ':oidc-provider/token.actions.githubusercontent.com'),
      };
    },
  };
}

async function verify(token: string, issuer: string, keys: ReturnType<typeof createRemoteJWKSet>) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: AUDIENCE });
    // The claims that STS has condition keys for.
    const claim = (name: string): string => (typeof payload[name] === 'string' ? payload[name] : '');
    return { sub: claim('sub'), ref: claim('ref'), job_workflow_ref: claim('job_workflow_ref') };
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new AwsError('ExpiredTokenException', `Token expired: ${error.message}`);
    if (error instanceof errors.JOSEError) {
      throw new AwsError('InvalidIdentityToken', `Couldn't verify the token: ${error.message}`);
    }
    throw error;
  }
}
