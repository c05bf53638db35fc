import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  AttachRolePolicyCommand,
  CreateOpenIDConnectProviderCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { startMoto, type Moto } from '@sagemaker-gitops/local-aws/testing';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { ROOT } from '../build.ts';
import { simulate } from '../testing/iam-simulation.ts';
import { InterruptedError } from '../command-line.ts';
import { describeWithTool } from '../testing/tools.ts';
import { SETTINGS_FOLDER } from '../../actions/lib/adapters/checkout/home-regions.ts';
import { bootstrapService, removeService } from './bootstrap.ts';
import { makeSettings, type BootstrapSettings } from './settings.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { renderAdministratorPolicy } from './testing/administrator-policy.ts';
import { isWrite, makeCheckout, type Checkout } from './testing/checkout.ts';

const ACCOUNT = '210987654321';
const OTHER_ACCOUNT = '321098765432';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
const STATE_BUCKET = `scoring-${ACCOUNT}-state`;
const STATE_KEY = 'scoring.bootstrap.tfstate';
const SETTINGS = `${SETTINGS_FOLDER}/${ACCOUNT}-scoring.tfvars.json`;
const { trial, preview, prime } = TEAM_ENVIRONMENTS;
const label = { ...TEAM_ENVIRONMENTS['label-trial'], account: ACCOUNT };
const TWO: Readonly<Record<string, EnvironmentFile>> = { trial, preview };
/** The access key of what the tests do themselves. */
const SETTING_UP = 'setting-up';
const PLACE = { account: ACCOUNT, service: 'scoring' };
const ENVIRONMENTS = Object.entries(TWO).map(([name, environment]) => ({ ...environment, name }));
const LOCK_KEY = `${STATE_KEY}.tflock`;
const OURS = { Service: 'scoring', ManagedBy: 'terraform' };
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity', Principal: { Federated: PROVIDER } };
const BUCKET_TAGS = tagList(OURS);

// Those that take minutes; the later ones continue from the earlier ones. `npm run long-tests` runs all.
const WHOLE = process.env['LONG_TESTS'] === 'all';

describeWithTool(['terraform', 'moto'], 'npm run bootstrap', () => {
  let moto: Moto;
  let checkout: Checkout;
  let iam: IAMClient;
  let ecr: ECRClient;
  let s3: S3Client;
  let central: S3Client;

  beforeAll(async () => {
    moto = await startMoto('eu-west-1', ACCOUNT);
    checkout = await makeCheckout(TWO);
    const client = {
      endpoint: moto.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: SETTING_UP, secretAccessKey: 'test' },
    };
    iam = new IAMClient(client);
    ecr = new ECRClient(client);
    s3 = new S3Client({ ...client, forcePathStyle: true });
    central = new S3Client({ ...client, region: 'eu-central-1', forcePathStyle: true });
  }, 60_000);

  afterAll(async () => {
    await moto.close();
    await checkout.remove();
  });

  /** Runs the bootstrap without a change, and compares what it prints with the golden of the account. */
  const expectPlan = async (name: string, exitCode: number, argv: readonly string[] = []) => {
    const start = moto.calls.length;
    const result = await checkout.bootstrap(moto, ['--dry-run', ...argv]);
    const text = `${result.stdout}${result.stderr}`
      .replaceAll(/serial \d+/g, 'serial N')
      .replaceAll(/vpc-[0-9a-f]+/g, 'vpc-ID')
      .replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE');
    await expect(text).toMatchFileSnapshot(`__fixtures__/accounts/${name}.txt`);
    expect(result.exitCode).toBe(exitCode);
    expect(moto.calls.slice(start).filter(isWrite)).toEqual([]);
  };

  const writeSettings = async (settings: BootstrapSettings): Promise<void> => {
    await mkdir(path.join(checkout.root, SETTINGS_FOLDER), { recursive: true });
    await writeFile(path.join(checkout.root, SETTINGS), JSON.stringify(settings));
  };

  describe('in an account that it has not set up', { timeout: 240_000 }, () => {
    const github = ['--github', 'acme/models'];
    const makeBucket = async (Bucket: string, region: 'eu-west-1' | 'eu-central-1'): Promise<void> => {
      const client = region === 'eu-west-1' ? s3 : central;
      await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region } }));
    };
    const makeProvider = async (audience: string, tags = {}): Promise<void> => {
      const Url = 'https://token.actions.githubusercontent.com';
      const given = { Url, ClientIDList: [audience], Tags: tagList(tags) };
      await iam.send(new CreateOpenIDConnectProviderCommand(given));
    };
    const makeRole = async (RoleName: string, tags = {}, Statement: readonly object[] = []): Promise<void> => {
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, Tags: tagList(tags) }));
    };

    beforeEach(async () => {
      await fetch(`${moto.url}/moto-api/reset`, { method: 'POST' });
    });

    it('uses an OIDC provider that accepts our audience', async () => {
      await makeProvider('sts.amazonaws.com');
      await expectPlan('provider-with-our-audience', 2, github);
    });

    it('needs a flag to give an OIDC provider our audience', async () => {
      await makeProvider('https://github.com/acme');
      await expectPlan('provider-without-our-audience', 2, github);
    });

    it('adopts a state bucket that is empty and has no tags yet', async () => {
      await makeBucket(STATE_BUCKET, 'eu-west-1');
      await expectPlan('bucket-ours', 2, github);
    });

    it('refuses a state bucket of somebody else, and names the remedy', async () => {
      await makeBucket(STATE_BUCKET, 'eu-west-1');
      const Tagging = { TagSet: tagList({ Team: 'data' }) };
      await s3.send(new PutBucketTaggingCommand({ Bucket: STATE_BUCKET, Tagging }));
      await expectPlan('bucket-foreign', 1, github);
    });

    it('keeps the home region of a state bucket that is there', async () => {
      await makeBucket(STATE_BUCKET, 'eu-central-1');
      await s3.send(new PutBucketTaggingCommand({ Bucket: STATE_BUCKET, Tagging: { TagSet: BUCKET_TAGS } }));
      await expectPlan('bucket-in-another-region', 2, github);
    });

    it('refuses a model bucket in another region than the home region', async () => {
      await makeBucket(`scoring-${ACCOUNT}-models`, 'eu-central-1');
      await expectPlan('model-bucket-in-another-region', 1, github);
    });

    it('adopts a role of its own, and needs a flag to change whom it trusts', async () => {
      await makeRole('scoring-plan', OURS);
      await expectPlan('role-ours', 2, github);
    });

    it('refuses roles of somebody else, and names the remedy', async () => {
      await makeRole('scoring-plan');
      await makeRole('scoring-build', { Team: 'data' });
      await expectPlan('role-foreign', 1, github);
    });

    it('adopts half of a first run', async () => {
      await makeBucket(STATE_BUCKET, 'eu-west-1');
      await s3.send(new PutBucketTaggingCommand({ Bucket: STATE_BUCKET, Tagging: { TagSet: BUCKET_TAGS } }));
      await makeBucket(`scoring-${ACCOUNT}-models`, 'eu-west-1');
      await ecr.send(new CreateRepositoryCommand({ repositoryName: 'scoring', tags: tagList(OURS) }));
      await makeProvider('sts.amazonaws.com', OURS);
      await expectPlan('half-of-a-first-run', 2, github);
    });

    it('adopts settings and policies that somebody else has made, and needs flags for both', async () => {
      await makeBucket(STATE_BUCKET, 'eu-west-1');
      await s3.send(new PutBucketTaggingCommand({ Bucket: STATE_BUCKET, Tagging: { TagSet: BUCKET_TAGS } }));
      const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: '*' }];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await s3.send(new PutBucketPolicyCommand({ Bucket: STATE_BUCKET, Policy }));
      const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
      const ServerSideEncryptionConfiguration = { Rules };
      await s3.send(new PutBucketEncryptionCommand({ Bucket: STATE_BUCKET, ServerSideEncryptionConfiguration }));
      const repositoryName = 'scoring';
      await ecr.send(new CreateRepositoryCommand({ repositoryName, tags: tagList(OURS) }));
      await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: Policy }));
      await makeRole('scoring-plan', OURS);
      const byHand = { RoleName: 'scoring-plan', PolicyName: 'by-hand', PolicyDocument: Policy };
      await iam.send(new PutRolePolicyCommand(byHand));
      await expectPlan('settings-of-others', 2, github);
    });

    it('adds our audience with the flag, and writes nothing into the checkout when that fails', async () => {
      await makeProvider('https://github.com/acme');
      const before = await checkout.files();
      const start = moto.calls.length;
      // moto doesn't know the call.
      const result = await checkout.bootstrap(moto, [...github, '--yes', '--allow-trust-change']);
      expect(result.stderr).toContain('AddClientIDToOpenIDConnectProvider');
      expect(result.exitCode).toBe(1);
      const [added] = moto.calls.slice(start).filter(({ body }) => body.includes('AddClientID'));
      expect(Object.fromEntries(new URLSearchParams(added?.body))).toMatchObject({
        ...{ ClientID: 'sts.amazonaws.com', OpenIDConnectProviderArn: PROVIDER },
      });
      expect(await checkout.files()).toEqual(before);
    });

    it.runIf(WHOLE)(
      'sets up an account with a provider, an empty bucket and a role, and finds nothing to do then',
      async () => {
        await makeProvider('sts.amazonaws.com');
        await makeBucket(STATE_BUCKET, 'eu-west-1');
        await makeRole('scoring-plan', OURS);
        await checkout.setEnvironments({ trial });
        const result = await checkout.bootstrap(moto, [...github, '--yes', '--allow-trust-change']);
        expect(result.stderr).toBe('');
        expect(result.exitCode).toBe(0);
        expect((await checkout.bootstrap(moto, ['--dry-run'])).exitCode).toBe(0);
        await rm(path.join(checkout.root, SETTINGS));
        await checkout.setEnvironments(TWO);
      },
    );

    it('leaves a state bucket of somebody else alone, also when the service is taken out', async () => {
      await makeBucket(STATE_BUCKET, 'eu-west-1');
      await s3.send(new PutObjectCommand({ Bucket: STATE_BUCKET, Key: 'data/old.tfstate', Body: '{"resources":[]}' }));
      const Tagging = { TagSet: tagList({ Team: 'data' }) };
      await s3.send(new PutBucketTaggingCommand({ Bucket: STATE_BUCKET, Tagging }));
      await writeSettings(makeSettings(ENVIRONMENTS, PLACE, { github: 'acme/models' }, []));
      await expectPlan('destroy-foreign-bucket', 2, ['--destroy']);
      await rm(path.join(checkout.root, SETTINGS));
    });

    it('takes services out of which only the account knows, with the provider that they share', async () => {
      await checkout.setEnvironments({});
      await makeProvider('sts.amazonaws.com', OURS);
      const Statement = [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      const policy = { PolicyName: 'scoring-trial-read', PolicyDocument, Tags: tagList(OURS) };
      const { Policy } = await iam.send(new CreatePolicyCommand(policy));
      await makeRole('labelling-plan', { ...OURS, Service: 'labelling' }, [TRUST]);
      for (const RoleName of ['scoring-plan', 'scoring-trial-apply', 'scoring-trial-replay']) {
        await makeRole(RoleName, OURS, [TRUST]);
        await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));
      }
      const destroy = async (service: string) =>
        await checkout.bootstrap(moto, ['--destroy', '--yes', '--account', ACCOUNT, '--service', service]);
      for (const service of ['scoring', 'labelling']) {
        expect(await destroy(service)).toMatchObject({ exitCode: 0, stderr: '' });
      }
      expect((await iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
      expect((await iam.send(new ListPoliciesCommand({ Scope: 'Local' }))).Policies).toEqual([]);
      const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
      expect(OpenIDConnectProviderList).toEqual([]);
      const again = await destroy('scoring');
      expect(again.stdout).toContain('nothing to do');
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
      await checkout.setEnvironments(TWO);
    });

    it('refuses credentials of another account', async () => {
      await checkout.setEnvironments({ trial: { ...trial, account: OTHER_ACCOUNT } });
      await expectPlan('credentials-of-another-account', 1, github);
      await checkout.setEnvironments(TWO);
    });
  });

  describe('in an account that it has set up', { timeout: 240_000 }, () => {
    const NETWORK = ['--github', 'acme/models', '--network', '10.1.0.0/20'];
    let settings: string;

    beforeAll(async () => {
      await fetch(`${moto.url}/moto-api/reset`, { method: 'POST' });
      const before = await checkout.files();
      const unconfirmed = await checkout.bootstrap(moto, NETWORK);
      expect(unconfirmed.stderr).toContain('The plan is not confirmed');
      expect(unconfirmed.exitCode).toBe(1);
      expect(await checkout.files()).toEqual(before);

      const result = await checkout.bootstrap(moto, [...NETWORK, '--yes']);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      expect(await checkout.files()).toEqual([...before, SETTINGS].sort());
      settings = await readFile(path.join(checkout.root, SETTINGS), 'utf8');
    }, 400_000);

    beforeEach(async () => {
      await checkout.setEnvironments(TWO);
      await mkdir(path.join(checkout.root, SETTINGS_FOLDER), { recursive: true });
      await writeFile(path.join(checkout.root, SETTINGS), settings);
    });

    const readState = async (): Promise<string> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: STATE_BUCKET, Key: STATE_KEY }));
      return (await Body?.transformToString()) ?? '';
    };
    const putState = async (Body: string): Promise<void> => {
      await s3.send(new PutObjectCommand({ Bucket: STATE_BUCKET, Key: STATE_KEY, Body }));
    };

    /** A lock of the bootstrap with this process id on this machine. */
    const putLock = async (pid: number, ID = 'of-a-test'): Promise<void> => {
      const Info = `npm run bootstrap, process ${String(pid)} on ${hostname()}`;
      const Body = JSON.stringify({ ID, Who: 'somebody', Created: '2026-01-31T12:00:00Z', Info });
      await s3.send(new PutObjectCommand({ Bucket: STATE_BUCKET, Key: LOCK_KEY, Body }));
    };

    const removeVersions = async (client: S3Client, Prefix: string, Bucket = STATE_BUCKET): Promise<void> => {
      const { Versions = [], DeleteMarkers = [] } = await client.send(
        new ListObjectVersionsCommand({ Bucket, Prefix }),
      );
      for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
        await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      }
    };

    it('finds nothing to do, whatever the shell and an older version left for Terraform', async () => {
      const folder = path.join(checkout.root, 'node_modules/.cache/bootstrap/modules/network');
      await writeFile(path.join(folder, 'renamed-since.tf'), 'locals {\n  twice = 1\n  twice = 2\n}\n');
      const environment = { ...moto.environment, TF_WORKSPACE: 'another', TF_VAR_tags: '{"a":"b"}' };
      const result = await checkout.bootstrap({ environment }, ['--dry-run']);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
    });

    it('names a lock that it cannot read, and what to do', async () => {
      const object = { Bucket: STATE_BUCKET, Key: LOCK_KEY };
      await s3.send(new PutObjectCommand({ ...object, Body: 'mine' }));
      await expectPlan('unreadable-lock', 1);
      await s3.send(new DeleteObjectCommand(object));
    });

    // A person reads the plan for as long as it takes.
    it.each<[string, typeof removeService | typeof bootstrapService, (controller: AbortController) => unknown, string]>(
      [
        [
          'a model that was published',
          removeService,
          async () =>
            await s3.send(
              new PutObjectCommand({ Bucket: `scoring-${ACCOUNT}-models`, Key: 'a/model.onnx', Body: 'x' }),
            ),
          'The account has changed since the plan was shown',
        ],
        [
          'an environment that was applied',
          removeService,
          async () => {
            const Body = JSON.stringify({ resources: [{}] });
            await s3.send(new PutObjectCommand({ Bucket: STATE_BUCKET, Key: 'scoring/trial/terraform.tfstate', Body }));
          },
          'scoring still has environments',
        ],
        [
          'another bootstrap that has ended',
          bootstrapService,
          async () => {
            await putState(
              (await readState()).replace(/"serial": (\d+)/, (_, serial) => `"serial": ${Number(serial) + 1}`),
            );
          },
          'The account has changed since the plan was shown',
        ],
        [
          'another bootstrap that runs',
          bootstrapService,
          async () => await putLock(process.pid, 'taken-since'),
          'The state is locked',
        ],
        [
          'a signal that ended the run',
          bootstrapService,
          (controller) => controller.abort(new InterruptedError('SIGTERM')),
          'The run was interrupted by SIGTERM',
        ],
      ],
    )('changes nothing after %s while the plan was read', async (_, work, happens, message) => {
      const before = await readState();
      await putLock(spawnSync('true').pid);
      for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
      const controller = new AbortController();
      let start = 0;
      const ended = work(
        PLACE,
        {
          ...{
            root: checkout.root,
            environments: ENVIRONMENTS,
            flags: { branch: 'live' },
            allowed: ['allow-trust-change'],
          },
          ...{ dryRun: false, run: runProcess, say: () => undefined, processEnvironment: process.env },
          signal: controller.signal,
          confirm: async () => {
            await happens(controller);
            start = moto.calls.length;
            return true;
          },
        },
        false,
      );
      await expect(ended).rejects.toThrow(message);
      vi.unstubAllEnvs();
      const written = moto.calls.slice(start).filter(isWrite);
      expect(written.filter(({ url }) => !url.includes(LOCK_KEY)).map(({ method, url }) => `${method} ${url}`)).toEqual(
        [],
      );
      await removeVersions(s3, LOCK_KEY);
      await removeVersions(s3, 'scoring/trial/terraform.tfstate');
      await removeVersions(s3, 'a/model.onnx', `scoring-${ACCOUNT}-models`);
      await putState(before);
    });

    it('releases the lock of a run that has ended, and no other, when nothing else is left to do', async () => {
      const locks = async (): Promise<readonly unknown[]> =>
        (await s3.send(new ListObjectsV2Command({ Bucket: STATE_BUCKET, Prefix: LOCK_KEY }))).Contents ?? [];

      await putLock(spawnSync('true').pid);
      await expectPlan('as-it-was-left', 0);
      expect(await locks()).toHaveLength(1);
      expect((await checkout.bootstrap(moto, ['--yes'])).exitCode).toBe(0);
      expect(await locks()).toEqual([]);

      await putLock(process.pid);
      expect((await checkout.bootstrap(moto, ['--yes'])).exitCode).toBe(0);
      expect(await locks()).toHaveLength(1);
      await s3.send(new DeleteObjectCommand({ Bucket: STATE_BUCKET, Key: LOCK_KEY }));
    });

    it.runIf(WHOLE)('restores a state that was deleted', async () => {
      const state = await readState();
      await s3.send(new DeleteObjectCommand({ Bucket: STATE_BUCKET, Key: STATE_KEY }));
      try {
        await expectPlan('state-deleted', 2);
      } finally {
        await putState(state);
      }
    });

    it('adopts what is there when the state is lost', async () => {
      const state = await readState();
      await removeVersions(s3, STATE_KEY);
      // An environment that has left meanwhile isn't hidden.
      await checkout.setEnvironments({ trial });
      try {
        await expectPlan('state-lost', 2, ['--network', 'none']);
      } finally {
        await putState(state);
      }
    });

    it('reads the settings from the state when the settings file is lost', async () => {
      await rm(path.join(checkout.root, SETTINGS));
      await expectPlan('settings-file-lost', 2);
    });

    it.runIf(WHOLE)('needs flags before a checkout of another repository takes its roles', async () => {
      await rm(path.join(checkout.root, SETTINGS));
      await checkout.setEnvironments({ lab: trial });
      const argv = ['--github', 'else/where'];
      await expectPlan('second-repository-same-service', 2, argv);
      const start = moto.calls.length;
      const result = await checkout.bootstrap(moto, [...argv, '--yes']);
      expect(result.stderr).toContain('--allow-destroy and --allow-trust-change');
      expect(result.exitCode).toBe(1);
      expect(moto.calls.slice(start).filter(isWrite)).toEqual([]);
    });

    it.runIf(WHOLE)('sets up a service of a second repository beside it', async () => {
      await rm(path.join(checkout.root, SETTINGS));
      await checkout.setEnvironments({ 'label-trial': label });
      await expectPlan('second-repository', 2, ['--github', 'acme/labels']);
    });

    it('sets up a second service and leaves the first alone', async () => {
      await checkout.setEnvironments({ ...TWO, 'label-trial': label });
      await expectPlan('second-service', 2);
    });

    it('adds an environment', async () => {
      await checkout.setEnvironments({ ...TWO, prime });
      await expectPlan('environment-added', 2);
    });

    it('needs a flag to remove an environment', async () => {
      await checkout.setEnvironments({ trial });
      await expectPlan('environment-removed', 2);
    });

    it.runIf(WHOLE)('needs a flag to rename an environment', async () => {
      await checkout.setEnvironments({ trial, canary: preview });
      await expectPlan('environment-renamed', 2);
    });

    it.runIf(WHOLE)(
      'leaves the home region when an environment in another one is inserted before the first',
      async () => {
        await checkout.setEnvironments({
          first: { ...trial, region: 'eu-central-1' },
          trial: { ...trial, promotionOrder: 2 },
          preview: { ...preview, promotionOrder: 3 },
        });
        await expectPlan('region-inserted', 2);
      },
    );

    it('lets an account pull that an environment has moved to, and needs a flag to remove it here', async () => {
      await checkout.setEnvironments({ trial, preview: { ...preview, account: OTHER_ACCOUNT } });
      await expectPlan('environment-moved-away', 2, ['--account', ACCOUNT]);
    });

    it('makes no artifacts in the account that an environment has moved to', async () => {
      const other = await startMoto('eu-west-1', OTHER_ACCOUNT);
      try {
        await checkout.setEnvironments({ trial, preview: { ...preview, account: OTHER_ACCOUNT } });
        const argv = ['--github', 'acme/models', '--account', OTHER_ACCOUNT, '--artifacts-account', ACCOUNT];
        const result = await checkout.bootstrap(other, ['--dry-run', ...argv]);
        await expect(result.stdout).toMatchFileSnapshot('__fixtures__/accounts/environment-moved-here.txt');
        expect(result.exitCode).toBe(2);
      } finally {
        await other.close();
      }
    });

    it.runIf(WHOLE)('moves a state that an older version has left in the checkout', async () => {
      const file = path.join(checkout.root, `terraform/bootstrap/${ACCOUNT}-scoring.tfstate`);
      const state = await readState();
      await s3.send(new DeleteObjectCommand({ Bucket: STATE_BUCKET, Key: STATE_KEY }));
      await writeFile(file, state);
      await expectPlan('leftover-state', 2);
      const result = await checkout.bootstrap(moto, ['--yes']);
      expect(result.exitCode).toBe(0);
      expect(lineageOf(await readState())).toBe(lineageOf(state));
      expect((await checkout.files()).filter((name) => name.endsWith('.tfstate'))).toEqual([]);
    });

    it.runIf(WHOLE)('leaves roles that move to another path with their policies', async () => {
      const iamSettings = { iam: { rolePath: '/ml/' } };
      await checkout.setEnvironments({ trial: { ...trial, ...iamSettings }, preview: { ...preview, ...iamSettings } });
      const flags = ['--yes', '--allow-destroy', '--allow-trust-change'];
      expect(await checkout.bootstrap(moto, flags)).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await checkout.bootstrap(moto, ['--dry-run'])).toMatchObject({ exitCode: 0, stderr: '' });
      await checkout.setEnvironments(TWO);
      expect(await checkout.bootstrap(moto, flags)).toMatchObject({ exitCode: 0, stderr: '' });
    });

    it.runIf(WHOLE)('changes a trust and destroys with the flags for it', async () => {
      await checkout.setEnvironments({ trial, prime });
      const flags = ['--allow-destroy', '--allow-trust-change'];
      const result = await checkout.bootstrap(moto, ['--github', 'else/where', '--network', 'none', '--yes', ...flags]);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      // What follows the removal is what was shown before it.
      const [before = '', ...after] = result.stdout.split('and then\n');
      const second = (after[0] ?? '').split('\n').slice(0, 9).join('\n');
      expect(before).not.toContain(second);
      expect(after.join('').split(second)).toHaveLength(3);
      settings = await readFile(path.join(checkout.root, SETTINGS), 'utf8');
      expect(JSON.parse(settings)).toMatchObject({ github: { owner: 'else' }, network: null });
    });

    it.runIf(WHOLE)('moves the home region with the flag for it', async () => {
      await checkout.setEnvironments({ trial, prime });
      const argv = ['--move-home-region', 'eu-central-1'];
      await expectPlan('home-region-moved', 2, argv);
      const result = await checkout.bootstrap(moto, [...argv, '--yes']);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      settings = await readFile(path.join(checkout.root, SETTINGS), 'utf8');
      expect(JSON.parse(settings)).toMatchObject({ region: 'eu-central-1' });
    });

    it.runIf(WHOLE)('refuses to take out a service whose environment still has resources', async () => {
      await checkout.setEnvironments({ trial, prime });
      const object = { Bucket: STATE_BUCKET, Key: 'scoring/trial/terraform.tfstate' };
      await central.send(new PutObjectCommand({ ...object, Body: JSON.stringify({ resources: [{}] }) }));
      await expectPlan('destroy-in-use', 1, ['--destroy']);
      await central.send(new DeleteObjectCommand(object));
    });

    it.runIf(WHOLE)(
      'leaves the state bucket with the facts of the ledger, and one that they were deleted from',
      async () => {
        await checkout.setEnvironments({ trial, prime });
        const fact = { Bucket: STATE_BUCKET, Key: 'ledger/scoring/trial/00000001.json' };
        await central.send(new PutObjectCommand({ ...fact, Body: '{}' }));
        await expectPlan('destroy-with-facts', 2, ['--destroy']);
        await central.send(new DeleteObjectCommand(fact));
        await expectPlan('destroy-with-facts', 2, ['--destroy']);
        // moto doesn't ask the bucket's policy.
        await removeVersions(central, fact.Key);
      },
    );

    it.runIf(WHOLE)('leaves the OIDC provider that other roles trust', async () => {
      await checkout.setEnvironments({ trial, prime });
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [TRUST] });
      // Its service's name starts like ours.
      await iam.send(new CreateRoleCommand({ RoleName: 'scoring-eu-plan', AssumeRolePolicyDocument }));
      await expectPlan('destroy', 2, ['--destroy']);
      await iam.send(new DeleteRoleCommand({ RoleName: 'scoring-eu-plan' }));
    });

    it.runIf(WHOLE)('takes the service out of the account and leaves nothing', async () => {
      // Without a state, and without an environment.
      await removeVersions(central, STATE_KEY);
      await checkout.setEnvironments({});
      const result = await checkout.bootstrap(moto, ['--destroy', '--yes']);
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      expect(await checkout.files()).not.toContain(SETTINGS);
      const { Roles = [] } = await iam.send(new ListRolesCommand({}));
      expect(Roles).toEqual([]);
      const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
      expect(OpenIDConnectProviderList).toEqual([]);
      expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    });
  });

  it.runIf(WHOLE)('needs the permissions of administrator-policy.json, and no others', async () => {
    const calls = moto.calls.filter(({ accessKeyId }) => accessKeyId === 'test');
    await expect(await renderAdministratorPolicy(calls)).toMatchFileSnapshot(
      '../../terraform/bootstrap/administrator-policy.json',
    );
  });
});

it('allows the administrator to make the roles of the service, also under a path, and no others', async () => {
  const file = path.join(ROOT, 'terraform/bootstrap/administrator-policy.json');
  const text = (await readFile(file, 'utf8')).replaceAll('SERVICE', 'scoring').replaceAll('ACCOUNT', ACCOUNT);
  const arn = `arn:aws:iam::${ACCOUNT}:role`;
  const decide = async (name: string): Promise<string> =>
    await simulate(
      { arn: `${arn}/administrator`, policies: [text] },
      { action: 'iam:CreateRole', resource: `${arn}/${name}`, context: {} },
    );
  expect(await Promise.all(['scoring-plan', 'ml/scoring-plan', 'ml/team/scoring-plan'].map(decide))).toEqual(
    Array.from({ length: 3 }, () => 'allowed'),
  );
  expect(await Promise.all(['labelling-plan', 'ml/labelling-plan'].map(decide))).toEqual(['denied', 'denied']);
});

function lineageOf(state: string): string {
  return /"lineage": "([^"]+)"/.exec(state)?.[1] ?? 'no lineage';
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
