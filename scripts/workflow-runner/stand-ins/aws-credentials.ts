import { refuseInputs, type StandIn } from './stand-in.ts';

/** Credentials as the AWS SDKs take them from the environment. */
type AwsCredentials = Readonly<Record<'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN', string>>;

/** Returns the credentials of a role for a job's signed OIDC token. @throws Error when it refuses. */
export type AssumeRole = (roleArn: string, token: string) => Promise<AwsCredentials>;

/** Assumes a role with the job's OIDC token; `assumeRole` replaces STS. */
export const configureAwsCredentials =
  (assumeRole: AssumeRole): StandIn =>
  async (inputs, { environment, log, signal }) => {
    refuseInputs('aws-actions/configure-aws-credentials', inputs, [
      ...['aws-profile', 'aws-access-key-id', 'aws-secret-access-key', 'aws-session-token', 'web-identity-token-file'],
      ...['role-external-id', 'inline-session-policy', 'managed-session-policies', 'custom-tags', 'sts-endpoint'],
    ]);
    const role = inputs['role-to-assume'] ?? '';
    const account = /^arn:[\w-]+:iam::(\d{12}):role\/.+$/.exec(role)?.[1];
    if (account === undefined) throw new Error(`role-to-assume must be the ARN of a role, found ${role}`);
    const allowed = (inputs['allowed-account-ids'] ?? '').split(',').map((id) => id.trim());
    if (allowed.join('') !== '' && !allowed.includes(account)) {
      throw new Error(`the account ${account} of the role is not among the allowed ones: ${allowed.join(', ')}`);
    }
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
    if (url === undefined || bearer === undefined) {
      throw new Error('Credentials could not be loaded: the job lacks the permission id-token: write');
    }
    const audience = inputs['audience'] ?? 'sts.amazonaws.com';
    const response = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
      headers: { authorization: `bearer ${bearer}` },
      signal,
    });
    const body: unknown = await response.json();
    const token = typeof body === 'object' && body !== null && 'value' in body ? String(body.value) : '';
    if (token === '') throw new Error('the OIDC provider returned no token');
    log.mask(token);
    const credentials = await assumeRole(role, token);
    log.mask(credentials.AWS_SECRET_ACCESS_KEY);
    log.mask(credentials.AWS_SESSION_TOKEN);
    log.write(`assumed the role ${role}`);
    const region = inputs['aws-region'] ?? '';
    return {
      outputs: { 'aws-account-id': account },
      environment: { ...credentials, AWS_REGION: region, AWS_DEFAULT_REGION: region },
    };
  };
