import { UserError } from '../../domain/errors/user-error.ts';

/** The run that an action belongs to, as the runner's environment variables describe it. */
export interface GithubContext {
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  /** Id of the repository, which stays when its name changes. */
  readonly repositoryId: string;
  /** Such as `https://github.com/OWNER/REPOSITORY`. */
  readonly repositoryUrl: string;
  /** Base of the REST API. */
  readonly apiUrl: string;
  /** The commit that the run is for. */
  readonly sha: string;
  readonly run: { readonly id: number; readonly attempt: number };
  /** File name of the workflow; undefined where the runner does not say. */
  readonly workflow: string | undefined;
  /** The page of the run. */
  readonly runUrl: string;
}

/**
 * The run, from `GITHUB_REPOSITORY`, `GITHUB_REPOSITORY_ID`, `GITHUB_SHA`, `GITHUB_RUN_ID`, `GITHUB_RUN_ATTEMPT`,
 * `GITHUB_SERVER_URL` and `GITHUB_API_URL`.
 *
 * @throws UserError when one of them is missing.
 */
export function readGithubContext(environment: NodeJS.ProcessEnv = process.env): GithubContext {
  const read = (name: string, shape: RegExp, fallback = ''): string => {
    const value = environment[name] ?? fallback;
    if (shape.test(value)) return value;
    throw new UserError({
      what: `The environment variable ${name} is not set as a runner sets it`,
      expected: 'the variables that a GitHub Actions runner sets for every step',
      found: value === '' ? 'nothing' : value,
      remedy: 'Run this action in a workflow, or set the variable as a runner would.',
    });
  };
  const repository = read('GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/);
  const serverUrl = read('GITHUB_SERVER_URL', /^https?:\/\/\S+$/, 'https://github.com');
  refuseEnterpriseServer(serverUrl);
  const repositoryUrl = `${serverUrl}/${repository}`;
  const id = Number(read('GITHUB_RUN_ID', /^\d{1,15}$/));
  return {
    repository,
    repositoryId: read('GITHUB_REPOSITORY_ID', /^\d{1,15}$/),
    repositoryUrl,
    apiUrl: read('GITHUB_API_URL', /^https?:\/\/\S+$/, 'https://api.github.com'),
    sha: read('GITHUB_SHA', /^[0-9a-f]{40}$/),
    run: { id, attempt: Number(read('GITHUB_RUN_ATTEMPT', /^\d{1,6}$/, '1')) },
    // OWNER/REPOSITORY/.github/workflows/FILE@REF
    workflow: /\/\.github\/workflows\/([^/@]+)@/.exec(environment['GITHUB_WORKFLOW_REF'] ?? '')?.[1],
    runUrl: `${repositoryUrl}/actions/runs/${String(id)}`,
  };
}

/** Roles trust tokens of github.com, and the workflows use what GitHub Enterprise Server lacks: attestations, queues of jobs. */
function refuseEnterpriseServer(serverUrl: string): void {
  const { hostname } = new URL(serverUrl);
  if (['github.com', '127.0.0.1', 'localhost'].includes(hostname)) return;
  throw new UserError({
    what: 'GitHub Enterprise Server is not supported, nor is GHE.com',
    where: serverUrl,
    expected: 'a repository on https://github.com',
    found: hostname,
    remedy: 'Move the repository to github.com: its tokens are what the roles in AWS trust.',
  });
}
