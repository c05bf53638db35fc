import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startLocalAws, AwsError, type LocalAws } from '@sagemaker-gitops/local-aws';
import { ServiceError } from '../../domain/errors/service-error.ts';
import type { Endpoints } from '../../ports/endpoints.ts';
import { createOidcCredentials } from './oidc-credentials.ts';
import { createSageMakerEndpoints } from './sagemaker.ts';

const ROLE = 'arn:aws:iam::210987654321:role/scoring-dev-deploy';
const MINUTE_MILLISECONDS = 60_000;

let folder: string;
let aws: LocalAws;
let runner: Server;
/** What the runner answers to the requests for a token that come next; 200 where nothing is left. */
let tokenStatuses: number[];
/** Who asked for a token, and which tokens STS was shown. */
let audiences: (string | null)[];
let shown: string[];
let trusts: boolean;

beforeEach(async () => {
  [tokenStatuses, audiences, shown, trusts] = [[], [], [], true];
  // Sessions last an hour: only dates are the test's, timers go on.
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = await mkdtemp(path.join(tmpdir(), 'oidc-'));
  aws = await startLocalAws({
    logDirectory: folder,
    launcher: 'process',
    webIdentity: {
      authorize: ({ token }) => {
        shown.push(token);
        if (!trusts) throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
        return Promise.resolve({ subject: 'repo:acme/models', audience: 'sts.amazonaws.com', provider: 'github' });
      },
    },
  });
  runner = createServer((request, response) => {
    const status = tokenStatuses.shift() ?? 200;
    if (status === 200) audiences.push(new URL(request.url ?? '', 'http://runner').searchParams.get('audience'));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? { value: `token-${audiences.length}` } : { message: 'no' }));
  });
  await new Promise<void>((resolve) => runner.listen(0, '127.0.0.1', resolve));
  const address = runner.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', `http://127.0.0.1:${port}/token?api-version=2.0`);
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'runner-token');
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  runner.closeAllConnections();
  await new Promise((resolve) => runner.close(resolve));
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

function endpoints(): Endpoints {
  const credentials = createOidcCredentials(ROLE, aws.region, () => Promise.resolve());
  return createSageMakerEndpoints({ region: aws.region, credentials });
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof ServiceError) return error;
  throw new Error(`no ServiceError but ${String(error)}`);
}

const described = () => aws.calls.filter(({ operation }) => operation === 'DescribeEndpoint');
const callers = () => described().map(({ caller }) => caller.arn);
const callerKeys = () => described().map(({ caller }) => caller.accessKeyId);

it('assumes the role once for all calls of a session, and calls as that role', async () => {
  const sagemaker = endpoints();
  for (let call = 0; call < 3; call += 1) await sagemaker.describe('scoring-dev');
  expect(audiences).toEqual(['sts.amazonaws.com']);
  expect(shown).toEqual(['token-1']);
  const session = 'arn:aws:sts::210987654321:assumed-role/scoring-dev-deploy/sagemaker-gitops';
  expect(callers()).toEqual([session, session, session]);
});

it.each([
  ['in use an hour less ten minutes', 50, 1],
  ['about to end', 56, 2],
  ['that has expired in a wait', 120, 2],
])('after a session %s, calls are made with the right one', async (_, minutes, sessions) => {
  const sagemaker = endpoints();
  await sagemaker.describe('scoring-dev');
  vi.setSystemTime(Date.now() + minutes * MINUTE_MILLISECONDS);
  expect(await sagemaker.describe('scoring-dev')).toBeUndefined();
  await sagemaker.describe('scoring-dev');
  expect(shown).toEqual(['token-1', 'token-2'].slice(0, sessions));
  expect(new Set(callerKeys()).size).toBe(sessions);
});

it('asks again where the runner fails for a moment', async () => {
  tokenStatuses = [400, 400];
  await endpoints().describe('scoring-dev');
  expect(shown).toEqual(['token-1']);
});

it('says that there is no new token, as an end of the credentials, and works again when there is one', async () => {
  const sagemaker = endpoints();
  await sagemaker.describe('scoring-dev');
  vi.setSystemTime(Date.now() + 57 * MINUTE_MILLISECONDS);
  tokenStatuses = [400, 400, 400];
  const error = await failureOf(sagemaker.describe('scoring-dev'));
  expect(error.kind).toBe('expired-credentials');
  expect(error.message).toContain(ROLE);
  expect(error.message).toContain('id-token: write');
  expect(shown).toEqual(['token-1']);
  await sagemaker.describe('scoring-dev');
  expect(shown).toEqual(['token-1', 'token-2']);
});

it('says where the role does not trust the job', async () => {
  trusts = false;
  const error = await failureOf(endpoints().describe('scoring-dev'));
  expect(error.kind).toBe('denied');
  expect(error.message).toContain('sts:AssumeRoleWithWebIdentity');
});
