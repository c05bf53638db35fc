import { UserError } from '../../domain/errors/user-error.ts';

/** The run that an action belongs to, as the runner's environment variables tell. */
export interface GithubContext {
  readonly owner: string;
  readonly repository: string;
  /** The commit that the run is for. */
  readonly sha: string;
  /** Where a person sees the run. */
  readonly runUrl: string;
}

/**
 * The run, from `GITHUB_REPOSITORY`, `GITHUB_SHA`, `GITHUB_SERVER_URL` and `GITHUB_RUN_ID`.
 *
 * @throws UserError when one of them is missing.
 */
export function readGithubContext(environment: NodeJS.ProcessEnv = process.env): GithubContext {
  const read = (name: string): string => {
    const value = environment[name] ?? '';
    if (value !== '') return value;
    throw new UserError({
      what: `The environment variable ${name} is not set`,
      expected: 'the variables that a GitHub Actions runner sets for every step',
      found: 'nothing',
      remedy: 'Run this action in a workflow, or set the variable as a runner would.',
    });
  };
  const [owner = '', repository = ''] = read('GITHUB_REPOSITORY').split('/');
  const server = environment['GITHUB_SERVER_URL'] ?? 'https://github.com';
  return {
    owner,
    repository,
    sha: read('GITHUB_SHA'),
    runUrl: `${server}/${owner}/${repository}/actions/runs/${read('GITHUB_RUN_ID')}`,
  };
}
