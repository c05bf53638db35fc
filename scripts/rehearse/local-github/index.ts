import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Context } from './context.ts';
import { emptyRepository } from './empty-repository.ts';
import type { LocalGithubEvent } from './events.ts';
import type { Fault } from './faults.ts';
import { openGitRepository, type GitRepository } from './git-repository.ts';
import { emitPush } from './handlers/pulls.ts';
import { createOidcProvider, type OidcProvider } from './oidc.ts';
import { loadOperations } from './openapi/validator.ts';
import { createGithubServer, type CallRecord } from './server.ts';
import { createState, type Actor, type State } from './state.ts';
import { createTokens, type Permissions } from './tokens.ts';

export type { LocalGithubEvent } from './events.ts';
export type { Actor } from './state.ts';
export type { Permissions } from './tokens.ts';

export interface LocalGithubOptions {
  /** Every call is written to `github.jsonl` in it. */
  readonly logDirectory: string;
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch?: string;
  /** A Git repository whose default branch is hosted; without one there are no commits, and any full SHA is taken for one. */
  readonly source?: string;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
}

/** A GitHub with one repository, on the loopback interface. */
export interface LocalGithub {
  /** Base of the REST API, what GITHUB_API_URL holds. */
  readonly url: string;
  readonly serverUrl: string;
  /** What a job's environment says about GitHub. */
  readonly environment: Readonly<Record<string, string>>;
  /** A token of a workflow job with these permissions, or one of another actor. */
  token(permissions: Permissions | 'all', actor?: Actor): string;
  revoke(token: string): void;
  /** Where git clones from and pushes to; the token goes in as password. */
  readonly cloneUrl: string;
  readonly git: GitRepository;
  readonly oidc: OidcProvider;
  /** What the repository holds, to look at and not to change. */
  readonly state: State;
  /** Every call so far. */
  readonly calls: readonly CallRecord[];
  /** Calls to come fail as these say; add to the list. */
  readonly faults: Fault[];
  /** Listens to what workflows can be started by; returns how to stop. */
  onEvent(listener: (event: LocalGithubEvent) => void): () => void;
  /** Tells of a branch that was moved in the bare repository itself. */
  announcePush(ref: string, before: string, after: string, actor: Actor): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Starts a local GitHub on a free port. */
export async function startLocalGithub(options: LocalGithubOptions): Promise<LocalGithub> {
  const { owner, repo, defaultBranch = 'main', now = Date.now } = options;
  await mkdir(options.logDirectory, { recursive: true });
  const log = createWriteStream(path.join(options.logDirectory, 'github.jsonl'), { flags: 'a' });
  const folder = options.source === undefined ? undefined : await mkdtemp(path.join(tmpdir(), 'local-github-'));
  const git =
    folder === undefined ? emptyRepository() : await hostRepository(folder, options.source ?? '', defaultBranch);
  const state = createState(owner, repo, defaultBranch);
  const tokens = createTokens();
  const listeners = new Set<(event: LocalGithubEvent) => void>();
  const calls: CallRecord[] = [];
  const faults: Fault[] = [];
  let serverUrl = '';
  const oidc = await createOidcProvider(() => serverUrl, now);
  const context = (): Context => ({
    state,
    git,
    apiUrl: `${serverUrl}/api`,
    serverUrl,
    now,
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  const server = createGithubServer({
    context,
    tokens,
    operations: loadOperations(),
    faults,
    record: (call) => {
      calls.push(call);
      log.write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...call })}\n`);
    },
    other: async (url, request) => await oidc.answer(url, request),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${serverUrl}/api`,
    serverUrl,
    environment: {
      GITHUB_API_URL: `${serverUrl}/api`,
      GITHUB_GRAPHQL_URL: `${serverUrl}/api/graphql`,
      GITHUB_SERVER_URL: serverUrl,
      GITHUB_REPOSITORY: `${owner}/${repo}`,
      GITHUB_REPOSITORY_OWNER: owner,
      GITHUB_REPOSITORY_ID: '1',
      GITHUB_REPOSITORY_OWNER_ID: '1',
      // An action that was started by hand: a number is what it makes addresses of.
      GITHUB_RUN_ID: '1',
      GITHUB_RUN_ATTEMPT: '1',
    },
    token: (permissions, actor) => tokens.issue(permissions, actor),
    revoke: (token) => tokens.revoke(token),
    cloneUrl: `${serverUrl}/${owner}/${repo}.git`,
    git,
    oidc,
    state,
    calls,
    faults,
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    announcePush: async (ref, before, after, actor) => await emitPush(context(), ref, before, after, actor),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => log.end(resolve));
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function hostRepository(folder: string, source: string, branch: string): Promise<GitRepository> {
  const bare = path.join(folder, 'repository.git');
  await run('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, bare]);
  // Whatever the source has checked out becomes the default branch.
  await run('git', ['--git-dir', bare, 'fetch', '--quiet', source, `+HEAD:refs/heads/${branch}`]);
  await run('git', ['--git-dir', bare, 'config', 'http.receivepack', 'true']);
  return openGitRepository(bare);
}
