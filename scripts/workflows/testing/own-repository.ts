import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { startLocalGithub, type Actor, type BranchRules, type LocalGithub } from '@sagemaker-gitops/local-github';
import { startRunner, type AssumeRole, type LocalRunner, type RunRecord } from '@sagemaker-gitops/workflow-runner';
import { writeStandInCommands, type StandInCommands } from '@sagemaker-gitops/workflow-runner';
import { checkCommands } from '../../testing/check-commands.ts';
import { writeSampleTeam } from '../../testing/sample-team/write.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** This repository's own workflows and actions with the sample team's content on a local GitHub, with a runner. */
export interface OwnRepository {
  readonly folder: string;
  readonly github: LocalGithub;
  readonly runner: LocalRunner;
  /** What stands for the commands of the check job. */
  readonly commands: StandInCommands;
  /** Every role that a job asked for. */
  readonly roles: readonly string[];
  /** Commits these files to a new branch of the clone; gives the commit. */
  commit(branch: string, message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Commits these files to a new branch, and pushes it as somebody. */
  push(actor: Actor, branch: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** The folder of the clone. */
  readonly clone: string;
  /** Calls the API of the repository as somebody who may do everything. */
  call(actor: Actor, method: string, url: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** The runs so far, without those that found nothing to do: a push to a branch that is not deployed starts some. */
  runs(): readonly RunRecord[];
  /** The results of all jobs so far by their ids; of a run where one is named. */
  results(run?: number): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Hosts it, and starts a runner that gives nobody a role unless it is told how. */
export async function hostOwnRepository(
  options: {
    readonly secrets?: Readonly<Record<string, string>>;
    /** By the environment's name. */
    readonly environmentSecrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly rules?: BranchRules;
    readonly defaultBranch?: string;
    readonly assumeRole?: AssumeRole;
    /** Of every job. */
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<OwnRepository> {
  const { defaultBranch = 'main' } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'own-repository-'));
  const clone = path.join(folder, 'clone');
  for (const entry of ['.github', 'actions/dist', '.node-version']) {
    await cp(path.join(ROOT, entry), path.join(clone, entry), { recursive: true });
  }
  await writeSampleTeam(clone);
  for (const name of await readdir(path.join(ROOT, 'actions'))) {
    const file = path.join(ROOT, 'actions', name, 'action.yml');
    await cp(file, path.join(clone, 'actions', name, 'action.yml')).catch(() => undefined);
  }
  const git = async (...argv: string[]): Promise<string> => {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    const result = await runProcess({ command: 'git', argv: [...identity, ...argv], cwd: clone });
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return result.stdout.trim();
  };
  await git('init', '--quiet', `--initial-branch=${defaultBranch}`);
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'First');
  const github = await startLocalGithub({
    ...{ logDirectory: folder, owner: 'octo-org', repo: 'models', source: clone, defaultBranch },
    ...(options.rules === undefined ? {} : { rules: options.rules }),
  });
  const commands = await writeStandInCommands(path.join(folder, 'commands'), checkCommands());
  const roles: string[] = [];
  const runner = await startRunner({
    github,
    folder: path.join(folder, 'runs'),
    secrets: options.secrets ?? {},
    environmentSecrets: options.environmentSecrets ?? {},
    environment: { ...options.environment, PATH: `${commands.folder}${path.delimiter}${process.env['PATH'] ?? ''}` },
    assumeRole: async (role, token) => {
      roles.push(role);
      if (options.assumeRole !== undefined) return await options.assumeRole(role, token);
      return await Promise.reject(new Error(`nobody gets the role ${role} here`));
    },
  });
  const commit: OwnRepository['commit'] = async (branch, message, files) => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(clone, file)), { recursive: true });
      await writeFile(path.join(clone, file), text);
    }
    await git('switch', '--quiet', '--force-create', branch);
    await git('add', '--all');
    await git('commit', '--quiet', '-m', message);
    return await git('rev-parse', 'HEAD');
  };
  const runs: OwnRepository['runs'] = () => runner.runs.filter(({ conclusion }) => conclusion !== 'skipped');
  return {
    ...{ folder, github, runner, commands, roles, clone, commit, runs },
    push: async (actor, branch, files) => {
      const before = (await github.git.resolve(branch)) ?? '0'.repeat(40);
      const after = await commit(branch, 'Change', files);
      await github.git.git(['fetch', '--quiet', clone, `+HEAD:refs/heads/${branch}`]);
      await github.announcePush(`refs/heads/${branch}`, before, after, actor);
    },
    call: async (actor, method, url, body) => {
      const response = await fetch(`${github.url}/repos/octo-org/models/${url}`, {
        method,
        headers: { authorization: `token ${github.token('all', actor)}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    results: (run) => {
      const wanted = run === undefined ? runs() : runs().slice(run, run + 1);
      return Object.fromEntries(wanted.flatMap(({ jobs }) => jobs.map(({ id, result }) => [id, result])));
    },
    close: async () => {
      await runner.close();
      await github.close();
      await rm(folder, { recursive: true });
    },
  };
}
