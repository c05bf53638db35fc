import type { GithubClient } from '../../actions/lib/adapters/github/client.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { repositoryOfRemote } from '../bootstrap/settings.ts';
import { UsageError } from '../command-line.ts';

/**
 * Connects to a repository on GitHub: the given one, else the remote "origin" of a checkout.
 *
 * @throws UsageError when the repository, the address of the API or the token is not known or can't be one.
 */
export async function openGithub(given: string | undefined, root: string): Promise<GithubClient> {
  const repository = await findRepository(given, root);
  const apiUrl = findApiUrl();
  const token = await findToken();
  // @actions/github reads the address when it is loaded, and fails where it is no URL.
  const { createGithubClient } = await import('../../actions/lib/adapters/github/client.ts');
  const reporter = { info: () => undefined, warning: (message: string) => console.error(message) };
  return createGithubClient({ token, apiUrl, repository, reporter });
}

/**
 * The base of GitHub's REST API, from GITHUB_API_URL, as on GitHub Enterprise Server.
 *
 * @throws UsageError when it is no URL.
 */
function findApiUrl(): string {
  const given = process.env['GITHUB_API_URL'] ?? '';
  if (given === '') return 'https://api.github.com';
  const hasUser = URL.canParse(given) && new URL(given).username !== '';
  if (URL.canParse(given) && /^https?:\/\//.test(given) && !hasUser) return given;
  throw new UsageError({
    what: 'GITHUB_API_URL is not the address of an API',
    expected: 'the base of the REST API, such as https://api.github.com',
    found: hasUser ? 'an address with a user' : given,
    remedy: 'Correct the variable, or unset it.',
  });
}

/**
 * The repository on GitHub as `OWNER/REPOSITORY`: the given one, else the remote "origin" of a checkout.
 *
 * @throws UsageError when it is not known.
 */
async function findRepository(given: string | undefined, root: string): Promise<string> {
  const origin = { command: 'git', argv: ['remote', 'get-url', 'origin'], cwd: root };
  const repository = given ?? repositoryOfRemote((await runProcess(origin)).stdout);
  if (repository !== undefined && /^(?!\.\.?\/)[\w.-]+\/(?!\.\.?$)[\w.-]+$/.test(repository)) return repository;
  throw new UsageError({
    what: 'The repository on GitHub is not known',
    expected: '--github OWNER/REPOSITORY, or a remote "origin" on github.com',
    found: repository ?? 'no such remote',
  });
}

/**
 * The token for GitHub, from GH_TOKEN, GITHUB_TOKEN or a signed-in `gh`.
 *
 * @throws UsageError when there is none, or it can't be one.
 */
async function findToken(): Promise<string> {
  for (const name of ['GH_TOKEN', 'GITHUB_TOKEN']) {
    const given = process.env[name] ?? '';
    if (/^[!-~]+$/.test(given)) return given;
    if (given === '') continue;
    // Not what it has: it may be a secret all the same.
    const found = 'white space, or characters other than ASCII';
    throw new UsageError({
      what: `${name} is no token`,
      expected: 'a token of GitHub',
      found,
      remedy: 'Set it again.',
    });
  }
  const asked = await runProcess({ command: 'gh', argv: ['auth', 'token'], cwd: process.cwd() }).catch(() => undefined);
  const token = asked?.exitCode === 0 ? asked.stdout.trim() : '';
  if (token !== '') return token;
  throw new UsageError({
    what: 'There is no token for GitHub',
    expected: 'GH_TOKEN, GITHUB_TOKEN or a signed-in `gh`',
    found: 'none',
    remedy: 'Sign in with `gh auth login`, or set GH_TOKEN.',
  });
}
