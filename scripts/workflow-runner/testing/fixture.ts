import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startLocalGithub, type Actor, type LocalGithub } from '@sagemaker-gitops/local-github';
import { startRunner, type LocalRunner, type RunnerOptions } from '../index.ts';

const run = promisify(execFile);

/** A person with all permissions. */
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };

/** A repository on a local GitHub with a runner. */
export interface Fixture {
  readonly folder: string;
  readonly github: LocalGithub;
  readonly runner: LocalRunner;
  /** Every line of every log so far. */
  readonly lines: readonly string[];
  /** Calls the API of the repository; throws unless the response is a success. */
  call(method: string, url: string, body?: unknown, token?: string): Promise<unknown>;
  /** Writes a file by the API. */
  put(file: string, text: string, branch?: string, token?: string): Promise<void>;
  /** Starts ci.yml and waits for its end. */
  dispatch(inputs?: Readonly<Record<string, string>>): Promise<void>;
  /** The results of a run's jobs by name; default: of the last run. */
  jobsOf(index?: number): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Hosts a repository with these files and starts a runner for it. */
export async function startFixture(
  files: Readonly<Record<string, string>>,
  options: Partial<RunnerOptions> = {},
): Promise<Fixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'runner-test-'));
  const source = path.join(folder, 'source');
  const git = async (...argv: string[]): Promise<void> => {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    await run('git', [...identity, ...argv], { cwd: source });
  };
  await mkdir(source);
  await git('init', '--quiet', '--initial-branch=main');
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(source, file)), { recursive: true });
    await writeFile(path.join(source, file), text);
  }
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'First');
  const github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models', source });
  const lines: string[] = [];
  const onLine = (line: string): void => {
    lines.push(line);
  };
  const runner = await startRunner({ github, folder: path.join(folder, 'runs'), onLine, ...options });
  const call: Fixture['call'] = async (method, url, body, token = github.token('all', ADA)) => {
    const response = await fetch(`${github.url}/repos/octo-org/models/${url}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    ...{ folder, github, runner, lines, call },
    put: async (file, text, branch = 'main', token) => {
      const content = Buffer.from(text).toString('base64');
      await call('PUT', `contents/${encodeURI(file)}`, { branch, message: file, content }, token);
    },
    dispatch: async (inputs = {}) => {
      await call('POST', 'actions/workflows/ci.yml/dispatches', { ref: 'main', inputs });
      await runner.idle();
    },
    jobsOf: (index = runner.runs.length - 1) =>
      Object.fromEntries((runner.runs[index]?.jobs ?? []).map(({ name, result }) => [name, result])),
    close: async () => {
      await runner.close();
      await github.close();
      await rm(folder, { recursive: true });
    },
  };
}
