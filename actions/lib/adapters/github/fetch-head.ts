import { UserError } from '../../domain/errors/user-error.ts';
import type { Process } from '../../ports/process.ts';

/**
 * Fetches the heads of pull requests into the checkout at `root`: one that was squashed is on no branch.
 *
 * @param repositoryUrl such as `https://github.com/OWNER/REPOSITORY`
 */
export function createHeadFetcher(
  process: Process,
  root: string,
  {
    repositoryUrl,
    token,
    environment,
  }: {
    readonly repositoryUrl: string;
    readonly token: string;
    readonly environment: NodeJS.ProcessEnv;
  },
): (pullRequest: number) => Promise<void> {
  return async (pullRequest) => {
    const credentials = Buffer.from(`x-access-token:${token}`).toString('base64');
    const ref = `refs/pull/${String(pullRequest)}/head`;
    const { exitCode, stderr } = await process({
      command: 'git',
      argv: ['fetch', '--quiet', '--no-tags', `${repositoryUrl}.git`, ref],
      cwd: root,
      // The token goes in by the environment: an argument vector can be read by every process of the machine.
      environment: {
        ...environment,
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraheader',
        GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${credentials}`,
        GIT_TERMINAL_PROMPT: '0',
      },
    });
    if (exitCode === 0) return;
    throw new UserError({
      what: `The head of pull request ${String(pullRequest)} cannot be fetched`,
      where: `git fetch ${repositoryUrl}.git ${ref}`,
      expected: 'exit code 0',
      found: `exit code ${String(exitCode)}: ${stderr.trim()}`,
      remedy: 'Give the job "contents: read", check that GitHub answers, and run the job again.',
    });
  };
}
