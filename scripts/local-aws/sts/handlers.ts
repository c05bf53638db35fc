import { randomBytes } from 'node:crypto';
import type { Handlers } from '../core/service.ts';
import type { Place } from '../core/place.ts';
import type { Operations } from '../api-models/sts.types.ts';
import { AwsError } from '../wire/aws-error.ts';

/** Authorizes AssumeRoleWithWebIdentity. */
export interface WebIdentity {
  /** The subject of the token. @throws AwsError as STS does for an invalid token or a role that doesn't trust it. */
  authorize(request: { readonly roleArn: string; readonly token: string }): Promise<WebIdentitySubject>;
}

/** The claims of a valid token. */
interface WebIdentitySubject {
  readonly subject: string;
  readonly audience: string;
  /** ARN of the provider. */
  readonly provider: string;
}

export interface StsOptions {
  /** Without it every AssumeRoleWithWebIdentity is refused. */
  readonly webIdentity?: WebIdentity | undefined;
  readonly now: () => Date;
  /** Called with each session, whose calls are made with its ARN and in its account. */
  readonly onSession: (accessKeyId: string, arn: string) => void;
}

/** The handlers of STS. */
export function stsHandlers({ accountId }: Place, { webIdentity, now, onSession }: StsOptions): Handlers<Operations> {
  return {
    GetCallerIdentity: (_input, caller) => ({
      UserId: caller.accessKeyId ?? 'anonymous',
      Account: accountId,
      Arn: caller.arn,
    }),
    AssumeRoleWithWebIdentity: async ({ RoleArn, RoleSessionName, WebIdentityToken, DurationSeconds = 3600 }) => {
      if (webIdentity === undefined) {
        throw new AwsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account for the token');
      }
      const { subject, audience, provider } = await webIdentity.authorize({
        roleArn: RoleArn,
        token: WebIdentityToken,
      });
      const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
      const arn = `${RoleArn.replace(':iam::', ':sts::').replace(':role/', ':assumed-role/')}/${RoleSessionName}`;
      onSession(accessKeyId, arn);
      return {
        Credentials: {
          AccessKeyId: accessKeyId,
          SecretAccessKey: randomBytes(30).toString('base64'),
          SessionToken: randomBytes(48).toString('base64'),
          Expiration: new Date(now().getTime() + DurationSeconds * 1000),
        },
        SubjectFromWebIdentityToken: subject,
        AssumedRoleUser: { AssumedRoleId: `AROALOCAL:${RoleSessionName}`, Arn: arn },
        Provider: provider,
        Audience: audience,
      };
    },
  };
}
