import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { timestamp, type Context } from './core/context.ts';
import { emptyRepository } from './core/empty-repository.ts';
import type { LocalGithubEvent } from './core/events.ts';
import type { Fault } from './http/faults.ts';
import { openGitRepository, type GitRepository } from './core/git-repository.ts';
import { addCheckRun, finishCheckRun } from './handlers/checks.ts';
import { readArchive } from './handlers/artifacts.ts';
import { emitPush } from './handlers/pulls.ts';
import { createOidcProvider, type OidcProvider } from './http/oidc.ts';
import { createSigstore, type JobIdentity, type Sigstore, type Statement } from './http/sigstore.ts';
import { loadOperations } from './openapi/validator.ts';
import { createGithubServer, type CallRecord } from './http/server.ts';
import {
  createState,
  ensureEnvironment,
  GITHUB_ACTIONS,
  type Actor,
  type BranchRules,
  type CheckConclusion,
  type State,
} from './core/state.ts';
import type { EnvironmentSettings } from './core/settings.ts';
import { createTokens, type Permissions } from './core/tokens.ts';

export type { LocalGithubEvent } from './core/events.ts';
export {
  GITHUB_ACTIONS,
  type Actor,
  type BranchRules,
  type Collaborator,
  type Deployment,
  type Issue,
} from './core/state.ts';
export type { Permissions } from './core/tokens.ts';
export { createSigstore, type JobIdentity, type Sigstore, type Statement } from './http/sigstore.ts';

export interface LocalGithubOptions {
  /** Every call is written to `github.jsonl` in it. */
  readonly logDirectory: string;
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch?: string;
  /** A Git repository to host; its HEAD becomes the default branch. Without one any full SHA is accepted as a commit. */
  readonly source?: string;
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number;
  /** Rules of the default branch for merging a pull request; default: none. */
  readonly rules?: BranchRules;
}

/** A check run in progress. */
interface RunningCheck {
  finish(conclusion: CheckConclusion): void;
}

/** A GitHub with one repository, on the loopback interface. */
export interface LocalGithub {
  /** Base of the REST API, what GITHUB_API_URL holds. */
  readonly url: string;
  readonly serverUrl: string;
  /** Environment variables of a job about GitHub. */
  readonly environment: Readonly<Record<string, string>>;
  /** A token of a workflow job with these permissions, or one of another actor. */
  token(permissions: Permissions | 'all', actor?: Actor): string;
  revoke(token: string): void;
  /** Address for git; the token is the password. */
  readonly cloneUrl: string;
  readonly git: GitRepository;
  readonly oidc: OidcProvider;
  /** The state of the repository, read-only for users. */
  readonly state: State;
  /** Every call so far. */
  readonly calls: readonly CallRecord[];
  /** Faults to inject into later calls; add to the list. */
  readonly faults: Fault[];
  /** Subscribes to events that can start workflows; returns a function that unsubscribes. */
  onEvent(listener: (event: LocalGithubEvent) => void): () => void;
  /** Starts a check run in the name of GitHub Actions, as it does for each job of a workflow. */
  startCheck(name: string, headSha: string, detailsUrl: string): RunningCheck;
  /** Makes an environment, with those who may approve its jobs, or gives the reviewers of the one that is there. */
  environmentOf(name: string, reviewers?: readonly Actor[]): EnvironmentSettings;
  /** Adds an artifact to a workflow run. */
  addArtifact(runId: number, name: string, archive: () => Promise<Uint8Array>): void;
  /** Signs what a job attests, and keeps it; with other authorities than its own it is a forgery. */
  attest(identity: JobIdentity, statement: Statement, authorities?: Sigstore): Promise<void>;
  /** Emits the push event of a branch that was moved in the bare repository directly. */
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
  if (folder !== undefined && options.rules !== undefined) await refusePushes(git.directory, defaultBranch);
  const state = createState(owner, repo, defaultBranch, options.rules);
  const tokens = createTokens();
  const listeners = new Set<(event: LocalGithubEvent) => void>();
  const calls: CallRecord[] = [];
  const faults: Fault[] = [];
  let serverUrl = '';
  const oidc = await createOidcProvider(() => serverUrl, now);
  const sigstore = await createSigstore(() => serverUrl);
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
    other: async (url, request) =>
      // github.com publishes its own by TUF: https://tuf-repo.github.com
      url.pathname === '/sigstore/trusted_root.json'
        ? sigstore.trustedRoot
        : ((await readArchive(state, url)) ?? (await oidc.answer(url, request))),
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
      // For actions outside a run: they build URLs from a number.
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
    startCheck: (name, headSha, detailsUrl) => {
      const check = addCheckRun(context(), GITHUB_ACTIONS, { name, headSha, detailsUrl, status: 'in_progress' });
      return { finish: (conclusion) => finishCheckRun(context(), check, conclusion) };
    },
    environmentOf: (name, reviewers) => ensureEnvironment(state, name, reviewers),
    addArtifact: (runId, name, archive) => {
      state.nextId += 1;
      state.artifacts.push({ id: state.nextId, name, runId, createdAt: timestamp(context()), archive });
    },
    attest: async (identity, statement, authorities = sigstore) => {
      const digests = statement.subject.map(({ digest }) => `sha256:${digest['sha256'] ?? ''}`);
      state.attestations.push({ digests, bundle: await authorities.attest(identity, statement) });
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

/** Refuses pushes to the branch; merges by the local GitHub run no hook. */
async function refusePushes(directory: string, branch: string): Promise<void> {
  const message = `GH013: Repository rule violations found for refs/heads/${branch}. Changes must be made through a pull request.`;
  const script = [
    '#!/bin/sh',
    'while read -r _ _ ref; do',
    `  if [ "$ref" = "refs/heads/${branch}" ]; then echo "${message}" >&2; exit 1; fi`,
    'done',
  ];
  await writeFile(path.join(directory, 'hooks/pre-receive'), `${script.join('\n')}\n`, { mode: 0o755 });
}

async function hostRepository(folder: string, source: string, branch: string): Promise<GitRepository> {
  const bare = path.join(folder, 'repository.git');
  await run('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, bare]);
  // The source's HEAD becomes the default branch.
  await run('git', ['--git-dir', bare, 'fetch', '--quiet', source, `+HEAD:refs/heads/${branch}`]);
  await run('git', ['--git-dir', bare, 'config', 'http.receivepack', 'true']);
  return openGitRepository(bare);
}
