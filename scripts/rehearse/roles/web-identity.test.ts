import { mkdtemp, rm } from 'node:fs/promises';
import { DescribeModelCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws, type WebIdentity } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { assumeRoleAt } from './assume-role.ts';
import { renderRoles } from './roles.ts';
import { createWebIdentity } from './web-identity.ts';

const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const SERVICE = 'onnx-inference';
const OTHER = { account: '321098765432', region: 'us-gov-west-1' } as const;
const REPOSITORY = 'repo:octo-org/models';

describe('taking a role with an OIDC token', () => {
  let folder: string;
  let github: LocalGithub;
  let other: LocalGithub;
  let aws: LocalAws;
  let time: number;

  beforeAll(async () => {
    time = Date.now();
    folder = await mkdtemp(path.join(tmpdir(), 'web-identity-'));
    const identity: { current?: WebIdentity } = {};
    aws = await startLocalAws({
      logDirectory: folder,
      launcher: 'process',
      webIdentity: {
        authorize: async (request) => {
          if (identity.current === undefined) throw new Error('not started yet');
          return await identity.current.authorize(request);
        },
      },
    });
    const at = { logDirectory: folder, owner: 'octo-org', repo: 'models', now: () => time };
    github = await startLocalGithub(at);
    other = await startLocalGithub(at);
    const roles = renderRoles({
      environments: [
        ...['dev', 'staging', 'production'].map((name) => ({
          name,
          service: SERVICE,
          account: ACCOUNT,
          region: REGION,
        })),
        { name: 'label-trial', service: 'labelling', ...OTHER },
      ],
      github: { owner: 'octo-org', repository: 'models' },
    });
    identity.current = createWebIdentity(github.serverUrl, roles);
  });

  afterAll(async () => {
    await other.close();
    await github.close();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  async function tokenOf(
    sub: string,
    audience = 'sts.amazonaws.com',
    from = github,
    claims: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const allowed = from.oidc.allow({ sub, ...claims });
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = allowed;
    const response = await fetch(`${url}&audience=${audience}`, { headers: { authorization: `bearer ${bearer}` } });
    const body: unknown = await response.json();
    return String(Reflect.get(Object(body), 'value'));
  }

  const take = async (role: string, token: string): Promise<string> => {
    try {
      await assumeRoleAt(aws.url, aws.region)(`arn:aws:iam::${ACCOUNT}:role/onnx-inference-${role}`, token);
      return 'taken';
    } catch (error) {
      return error instanceof Error ? error.name : String(error);
    }
  };

  /** The claims of a job of a workflow file on a branch. */
  const jobOf = (file: string, branch = 'main'): Readonly<Record<string, string>> => ({
    ref: `refs/heads/${branch}`,
    job_workflow_ref: `octo-org/models/.github/workflows/${file}@refs/heads/${branch}`,
  });

  it.each([
    ['plan', 'pull_request', jobOf('pull-request.yml', 'x'), 'taken'],
    ['plan', 'ref:refs/heads/main', jobOf('drift.yml'), 'taken'],
    ['plan', 'ref:refs/heads/other', jobOf('drift.yml', 'other'), 'AccessDenied'],
    ['plan', 'environment:automation', jobOf('deploy-service.yml'), 'taken'],
    ['plan', 'environment:dev', jobOf('apply.yml'), 'AccessDenied'],
    ['build', 'ref:refs/heads/main', jobOf('release-service.yml'), 'taken'],
    ['build', 'ref:refs/heads/main', jobOf('nightly.yml'), 'AccessDenied'],
    ['build', 'pull_request', jobOf('release-service.yml'), 'AccessDenied'],
    ['build', 'ref:refs/tags/v1', jobOf('release-service.yml'), 'AccessDenied'],
    ['dev-apply', 'environment:dev', jobOf('apply.yml'), 'taken'],
    ['dev-apply', 'environment:dev', jobOf('swap.yml'), 'AccessDenied'],
    ['dev-apply', 'environment:dev', jobOf('rollback.yml'), 'AccessDenied'],
    ['dev-apply', 'environment:dev', jobOf('apply.yml', 'other'), 'AccessDenied'],
    ['dev-apply', 'environment:dev', { ...jobOf('apply.yml'), ref: 'refs/heads/other' }, 'AccessDenied'],
    ['dev-apply', 'environment:dev', { ref: 'refs/heads/main' }, 'AccessDenied'],
    ['dev-apply', 'environment:dev-approval', jobOf('apply.yml'), 'AccessDenied'],
    ['dev-deploy', 'environment:dev', jobOf('swap.yml'), 'taken'],
    ['dev-deploy', 'environment:dev', jobOf('rollback.yml'), 'taken'],
    ['dev-deploy', 'environment:dev', jobOf('apply.yml'), 'AccessDenied'],
    ['dev-deploy', 'environment:dev', jobOf('own.yml'), 'AccessDenied'],
    ['production-apply', 'environment:staging', jobOf('apply.yml'), 'AccessDenied'],
    ['production-deploy', 'environment:production', jobOf('swap.yml'), 'taken'],
    ['production-deploy', 'environment:production-eu', jobOf('swap.yml'), 'AccessDenied'],
    ['production-deploy', 'ref:refs/heads/main', jobOf('swap.yml'), 'AccessDenied'],
    ['production-deploy', 'pull_request', jobOf('swap.yml'), 'AccessDenied'],
    ['nobody', 'ref:refs/heads/main', jobOf('swap.yml'), 'AccessDenied'],
  ])('decides for %s on the subject %s of %o: %s', async (role, subject, claims, expected) => {
    expect(await take(role, await tokenOf(`${REPOSITORY}:${subject}`, undefined, undefined, claims))).toBe(expected);
  });

  it('refuses the same subject of another repository, such as a fork', async () => {
    expect(await take('plan', await tokenOf('repo:somebody/models:pull_request'))).toBe('AccessDenied');
  });

  it('refuses a token for another audience', async () => {
    const token = await tokenOf(`${REPOSITORY}:pull_request`, 'https://github.com/octo-org');
    expect(await take('plan', token)).toMatch(/^InvalidIdentityToken/);
  });

  it('refuses a token that another provider has signed', async () => {
    const token = await tokenOf(`${REPOSITORY}:pull_request`, 'sts.amazonaws.com', other);
    expect(await take('plan', token)).toMatch(/^InvalidIdentityToken/);
  });

  it('refuses a token that was changed after it was signed', async () => {
    const [head, , signature] = (await tokenOf(`${REPOSITORY}:pull_request`)).split('.');
    const claims = { sub: `${REPOSITORY}:environment:production`, aud: 'sts.amazonaws.com' };
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(await take('production-deploy', forged)).toMatch(/^InvalidIdentityToken/);
  });

  it('refuses a token that has expired', async () => {
    time -= 600_000;
    const token = await tokenOf(`${REPOSITORY}:pull_request`);
    time += 600_000;
    expect(await take('plan', token)).toMatch(/^ExpiredToken/);
  });

  it('acts in the account of the role, and knows nothing of the others', async () => {
    const role = `arn:aws-us-gov:iam::${OTHER.account}:role/labelling-label-trial-deploy`;
    const token = await tokenOf(`${REPOSITORY}:environment:label-trial`, undefined, undefined, jobOf('swap.yml'));
    const session = await assumeRoleAt(aws.url, OTHER.region)(role, token);
    const credentials = { accessKeyId: session.AWS_ACCESS_KEY_ID, secretAccessKey: session.AWS_SECRET_ACCESS_KEY };
    const client = new SageMakerClient({ endpoint: aws.url, region: OTHER.region, credentials });
    await expect(client.send(new DescribeModelCommand({ ModelName: 'one' }))).rejects.toThrow(
      `Could not find model "arn:aws-us-gov:sagemaker:us-gov-west-1:${OTHER.account}:model/one".`,
    );
    expect(aws.calls.at(-1)?.caller).toEqual({
      accessKeyId: session.AWS_ACCESS_KEY_ID,
      arn: `arn:aws-us-gov:sts::${OTHER.account}:assumed-role/labelling-label-trial-deploy/GitHubActions`,
      place: { accountId: OTHER.account, region: OTHER.region },
    });
    const abroad = new SageMakerClient({ endpoint: aws.url, region: REGION, credentials });
    await expect(abroad.send(new DescribeModelCommand({ ModelName: 'one' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('knows the calls of a session by the role', async () => {
    const token = await tokenOf(`${REPOSITORY}:environment:dev`, undefined, undefined, jobOf('swap.yml'));
    const role = `arn:aws:iam::${ACCOUNT}:role/onnx-inference-dev-deploy`;
    const { AWS_ACCESS_KEY_ID } = await assumeRoleAt(aws.url, aws.region)(role, token);
    const answer = await fetch(aws.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/20260101/eu-central-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    expect(await answer.text()).toContain(
      `arn:aws:sts::${ACCOUNT}:assumed-role/onnx-inference-dev-deploy/GitHubActions`,
    );
  });
});
