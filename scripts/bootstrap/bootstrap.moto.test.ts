import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { startMoto, type Moto } from '@sagemaker-gitops/local-aws/testing';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { describeWithTool } from '../testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');
const ACCOUNT = '210987654321';
const ACCOUNTS = 'terraform/bootstrap/accounts';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`;
/** The environments that the account has from the beginning; the others come later. */
const FIRST = ['trial', 'preview'];

describeWithTool(['terraform', 'moto'], 'npm run bootstrap', () => {
  let moto: Moto;
  let root: string;
  let laterEnvironments: string;

  beforeAll(async () => {
    moto = await startMoto('eu-west-1', ACCOUNT);
    root = await mkdtemp(path.join(tmpdir(), 'bootstrap-'));
    laterEnvironments = await mkdtemp(path.join(tmpdir(), 'bootstrap-later-'));
    await cp(path.join(repositoryRoot, 'terraform'), path.join(root, 'terraform'), {
      recursive: true,
      filter: (source) => !['.terraform', 'accounts'].includes(path.basename(source)),
    });
    await writeSampleTeam(root);
    for (const [name, environment] of Object.entries(TEAM_ENVIRONMENTS)) {
      const folder = path.join(root, 'environments', name);
      await writeFile(path.join(folder, 'environment.json'), JSON.stringify({ ...environment, account: ACCOUNT }));
      if (!FIRST.includes(name)) await rename(folder, path.join(laterEnvironments, name));
    }
  });

  afterAll(async () => {
    await moto.close();
    await rm(root, { recursive: true });
    await rm(laterEnvironments, { recursive: true });
  });

  const bootstrap = async (...argv: string[]) =>
    await runProcess({
      command: process.execPath,
      argv: ['--import', 'tsx', path.join(import.meta.dirname, 'main.ts'), '--root', root, ...argv],
      cwd: repositoryRoot,
      environment: {
        ...process.env,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...moto.environment,
      },
    });
  const readSettings = async (service: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(root, ACCOUNTS, `${ACCOUNT}-${service}.tfvars.json`), 'utf8'));
  /** The IAM calls that were made since a call, as form parameters. */
  const iamCallsSince = (start: number) =>
    moto.calls
      .slice(start)
      .filter(({ service }) => service === 'iam')
      .map(({ body }) => new URLSearchParams(body));

  it('stops without a confirmation where there is no terminal, and changes nothing', { timeout: 120_000 }, async () => {
    const result = await bootstrap('--github', 'acme/models', '--network', '10.1.0.0/20');
    expect(result.stderr).toContain('Nobody is there to confirm the plan');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('Plan: ');
  });

  it(
    'makes everything of a service, and moves its state into the bucket it has made',
    { timeout: 300_000 },
    async () => {
      const result = await bootstrap('--yes');
      expect(result.stderr).toBe('');
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toContain('this is the first run');
      expect(result.stdout).toContain(`Service scoring is set up in account ${ACCOUNT}.`);
      expect(result.stdout).toContain(`arn:aws:iam::${ACCOUNT}:role/scoring-preview-deploy`);
      const files = await readdir(path.join(root, 'terraform/bootstrap'));
      expect(files.filter((file) => /tfstate|tfplan|override/.test(file))).toEqual([]);
      expect(await readSettings('scoring')).toMatchObject({
        github: { owner: 'acme', repository: 'models' },
        oidc_provider_arn: null,
      });
    },
  );

  it('finds nothing to do the second time', { timeout: 120_000 }, async () => {
    const result = await bootstrap();
    expect(result.stdout).toContain('No changes.');
    expect(result.stdout).toContain(`Service scoring is as it should be in account ${ACCOUNT}.`);
    expect(result.exitCode).toBe(0);
  });

  it('adds a second service and touches nothing of the first', { timeout: 300_000 }, async () => {
    for (const name of ['label-trial', 'label-prime']) {
      await rename(path.join(laterEnvironments, name), path.join(root, 'environments', name));
    }
    const start = moto.calls.length;
    const result = await bootstrap('--yes');
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
    expect(result.stdout).toContain(`Service labelling is set up in account ${ACCOUNT}.`);
    expect(result.stdout).toContain(`Service scoring is as it should be in account ${ACCOUNT}.`);
    expect(await readSettings('labelling')).toMatchObject({ oidc_provider_arn: PROVIDER });

    const writes = iamCallsSince(start).filter((call) => !/^(Get|List)/.test(call.get('Action') ?? ''));
    const named = (call: URLSearchParams): string => call.get('RoleName') ?? call.get('PolicyName') ?? '';
    expect(writes.map(named).filter((name) => name.startsWith('scoring'))).toEqual([]);
    expect(writes.map((call) => call.get('Action'))).not.toContain('CreateOpenIDConnectProvider');
    const trusts = writes
      .filter((call) => call.get('Action') === 'CreateRole')
      .map((call) => call.get('AssumeRolePolicyDocument'));
    expect(trusts).toHaveLength(6);
    for (const trust of trusts) expect(trust).toContain(PROVIDER);
  });

  it('adds an environment to one service and leaves the other alone', { timeout: 300_000 }, async () => {
    await rename(path.join(laterEnvironments, 'prime'), path.join(root, 'environments/prime'));
    const result = await bootstrap('--service', 'scoring', '--yes');
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    // The boundary of the execution roles names the log group of the new environment too.
    expect(result.stdout).toMatch(/Plan: \d+ to add, 1 to change, 0 to destroy/);
    expect(result.stdout).toContain('aws_iam_policy.execution_boundary will be updated in-place');
    expect(result.stdout).not.toContain('labelling');
  });

  it('goes on from a state that it could not move into the bucket', { timeout: 120_000 }, async () => {
    const folder = path.join(root, 'terraform/bootstrap');
    const pulled = await runProcess({
      command: 'terraform',
      argv: ['state', 'pull'],
      cwd: folder,
      environment: { ...process.env, ...moto.environment },
    });
    await writeFile(path.join(folder, `${ACCOUNT}-scoring.tfstate`), pulled.stdout);
    const result = await bootstrap('--service', 'scoring');
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('this is the first run');
    expect(result.stdout).toContain('No changes.');
    expect((await readdir(folder)).filter((file) => /tfstate|override/.test(file))).toEqual([]);
  });

  it('never plans to destroy the provider that the other services trust', { timeout: 120_000 }, async () => {
    const result = await bootstrap('--service', 'scoring', '--oidc-provider', PROVIDER, '--yes');
    expect(result.exitCode).toBe(1);
    expect(result.stdout + result.stderr).toContain('Instance cannot be destroyed');
  });
});
