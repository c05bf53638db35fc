import { setTimeout as delay } from 'node:timers/promises';
import type { Actor, LocalGithub, Issue } from '@sagemaker-gitops/local-github';
import type { Repository } from './repository.ts';

/** A person who works with the repository. */
const DEVELOPER: Actor = { login: 'developer', id: 7, type: 'User', startsWorkflows: true };

/** A pull request to be opened: files by path, with their whole content. */
interface Proposal {
  readonly branch: string;
  readonly title: string;
  readonly body?: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** What the people of the story do, by git and GitHub's API as anybody would. */
export interface Team {
  /** Puts the files, on top of what main is, onto a branch, whatever that was. */
  push(change: Pick<Proposal, 'branch' | 'title' | 'files'>): Promise<void>;
  /** Opens a pull request; gives its number. */
  propose(proposal: Proposal): Promise<number>;
  /** Merges a pull request, squashed unless another way is named; gives the commit. */
  merge(pullRequest: number, method?: 'squash' | 'rebase'): Promise<string>;
  /** Moves main as a machine does that starts no workflow; gives the commit. */
  pushSilently(message: string, files: Proposal['files']): Promise<string>;
  dispatch(workflow: string, inputs: Readonly<Record<string, string>>): Promise<void>;
  /** The open pull requests whose branch begins so. */
  openPulls(prefix: string): readonly (Issue & { readonly pull: NonNullable<Issue['pull']> })[];
  /** The developer's token, for whoever wants to look around. */
  readonly token: string;
  /** Brings the working copy to what main is, and gives a file of it. */
  readMain(file: string): Promise<string>;
}

/** A team that works on the repository of a local GitHub. */
export function createTeam(github: LocalGithub, repository: Repository): Team {
  const token = github.token('all', DEVELOPER);
  const { owner, repo } = github.state;
  const call = async (method: string, path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${github.url}/repos/${owner}/${repo}/${path}`, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  };
  // By the environment of git: an argument list can be read by every process of the machine.
  const credentials = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraheader',
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${Buffer.from(`developer:${token}`).toString('base64')}`,
  };
  const update = async (): Promise<void> => {
    await repository.git(['fetch', '--quiet', github.cloneUrl, '+main:refs/remotes/origin/main'], credentials);
    await repository.git(['checkout', '--quiet', '--force', '-B', 'main', 'refs/remotes/origin/main']);
  };
  const push: Team['push'] = async ({ branch, title, files }) => {
    await update();
    await repository.git(['checkout', '--quiet', '-B', branch]);
    for (const [file, content] of Object.entries(files)) await repository.write(file, content);
    await repository.commit(title);
    await repository.git(['push', '--quiet', '--force', github.cloneUrl, `HEAD:refs/heads/${branch}`], credentials);
  };
  return {
    token,
    push,
    propose: async ({ branch, title, body = '', files }) => {
      await push({ branch, title, files });
      const pull = await call('POST', 'pulls', { head: branch, base: 'main', title, body });
      return Number(pull['number']);
    },
    merge: async (number, method = 'squash') => {
      const merged = await call('PUT', `pulls/${String(number)}/merge`, { merge_method: method });
      return String(merged['sha']);
    },
    pushSilently: async (message, files) => {
      await update();
      for (const [file, content] of Object.entries(files)) await repository.write(file, content);
      const sha = await repository.commit(message);
      const silent = Buffer.from(`x-access-token:${github.token({ contents: 'write' })}`).toString('base64');
      const environment = { ...credentials, GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${silent}` };
      await repository.git(['push', '--quiet', github.cloneUrl, 'HEAD:refs/heads/main'], environment);
      return sha;
    },
    dispatch: async (workflow, inputs) => {
      await call('POST', `actions/workflows/${workflow}/dispatches`, { ref: 'main', inputs });
      // A dispatch is answered before its run is there.
      await delay(0);
    },
    openPulls: (prefix) =>
      github.state.issues.filter(
        (issue): issue is Issue & { readonly pull: NonNullable<Issue['pull']> } =>
          issue.state === 'open' && issue.pull !== undefined && issue.pull.headRef.startsWith(prefix),
      ),
    readMain: async (file) => {
      await update();
      return await repository.read(file);
    },
  };
}
