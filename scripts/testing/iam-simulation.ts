import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { IamRequest } from './iam-requests.ts';

/** A role as IAM sees it: who it is, and what it may do. */
export interface SimulatedRole {
  readonly arn: string;
  /** Policy documents as JSON text. */
  readonly policies: readonly string[];
  /** The permissions boundary's document, where the role has one. */
  readonly boundary?: string | undefined;
}

/**
 * What IAM would decide for a request of a role, by its own policies and boundary.
 *
 * @param bucketPolicy the policy of the requested bucket or object's bucket, as JSON text, where it is to be seen too
 * @throws Error when the simulator refuses the request or a policy: an action, resource or condition key that doesn't exist.
 */
export async function simulate(
  role: SimulatedRole,
  request: IamRequest,
  bucketPolicy?: string,
): Promise<'allowed' | 'denied'> {
  const result = await runSimulation(
    {
      request: {
        action: request.action,
        principal: role.arn,
        resource: { resource: request.resource, accountId: accountOf(role.arn) },
        contextVariables: Object.fromEntries(
          Object.entries(request.context).map(([key, value]) => [
            key === ENCRYPTION_CONTEXT ? STANDS_FOR_IT : key,
            typeof value === 'string' ? value : [...value],
          ]),
        ),
      },
      identityPolicies: role.policies.map((text, index) => ({
        name: `policy-${String(index)}`,
        policy: JSON.parse(text.replaceAll(`"${ENCRYPTION_CONTEXT}"`, `"${STANDS_FOR_IT}"`)) as unknown,
      })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // A key's own policy has to leave the decision to IAM, as the first statement of every key of ours does.
      ...(request.action.startsWith('kms:') && request.resource.includes(':key/')
        ? { resourcePolicy: delegateToIam(role.arn) }
        : {}),
      ...(bucketPolicy === undefined ? {} : { resourcePolicy: JSON.parse(bucketPolicy) as unknown }),
      ...(role.boundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: 'boundary', policy: JSON.parse(role.boundary) as unknown }] }),
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult === 'Allowed' ? 'allowed' : 'denied';
}

// The simulator drops keys that have a variable part. It decides on a string condition in the same way for any key.
const ENCRYPTION_CONTEXT = 'kms:EncryptionContext:aws:s3:arn';
const STANDS_FOR_IT = 'kms:RequestAlias';

/** Claims of a job's token that a trust policy may look at. */
export interface TokenClaims {
  readonly sub: string;
  readonly aud: string;
  readonly ref?: string;
  readonly job_workflow_ref?: string;
}

/**
 * Whether a token of GitHub's OIDC provider would be let into a role by its trust policy.
 *
 * @throws Error when the simulator refuses the trust policy.
 */
export async function simulateTrust(
  roleArn: string,
  trustPolicy: string,
  claims: TokenClaims,
): Promise<'allowed' | 'denied'> {
  const provider = `${iamPrefixOf(roleArn)}:oidc-provider/${ISSUER}`;
  const result = await runSimulation(
    {
      request: {
        action: 'sts:AssumeRoleWithWebIdentity',
        principal: provider,
        resource: { resource: roleArn, accountId: accountOf(roleArn) },
        contextVariables: Object.fromEntries(
          Object.entries(claims).map(([claim, value]) => [KNOWN_KEYS[claim] ?? claim, value]),
        ),
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: JSON.parse(
        trustPolicy.replaceAll(new RegExp(`"${ISSUER}:(\\w+)"`, 'g'), (_, claim: string) =>
          JSON.stringify(KNOWN_KEYS[claim] ?? claim),
        ),
      ) as unknown,
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${roleArn}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed' ? 'allowed' : 'denied';
}

// The simulator ignores claims of an issuer that it doesn't know. It knows those of others, and decides on a string condition
// in the same way for any.
const ISSUER = 'token.actions.githubusercontent.com';
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  sub: 'accounts.google.com:sub',
  aud: 'accounts.google.com:aud',
  job_workflow_ref: 'accounts.google.com:oaud',
  ref: 'www.amazon.com:user_id',
};

function delegateToIam(roleArn: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'kms:*', Resource: '*', Principal: { AWS: `${iamPrefixOf(roleArn)}:root` } },
    ],
  };
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** What the ARNs of a role's account in IAM begin with: partition and account. */
function iamPrefixOf(roleArn: string): string {
  return roleArn.split(':').slice(0, 5).join(':');
}
