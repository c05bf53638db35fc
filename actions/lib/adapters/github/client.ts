import { getOctokit } from '@actions/github';
import { UserError } from '../../domain/errors/user-error.ts';
import { retryDelayMilliseconds, type FailedCall } from '../../domain/github/retry.ts';
import type { Clock } from '../../ports/clock.ts';

export interface GithubClientOptions {
  readonly token: string;
  /** Base of the REST API, such as `https://api.github.com`. */
  readonly apiUrl: string;
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

type Octokit = ReturnType<typeof getOctokit>;

/** GitHub's API for one repository. */
export interface GithubClient {
  readonly octokit: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
  /** Makes a call, again after faults that pass by. Only for calls that do no harm when they are carried out twice. */
  readonly retrying: <Result>(what: string, permission: string, call: () => Promise<Result>) => Promise<Result>;
}

/** Connects to GitHub. */
export function createGithubClient(options: GithubClientOptions): GithubClient {
  const { clock, random, signal } = options;
  const [owner = '', repo = ''] = options.repository.split('/');
  const octokit = getOctokit(options.token, { baseUrl: options.apiUrl });
  // As an option `request` would replace the proxy settings that @actions/github makes.
  octokit.hook.before('request', ({ request }) => {
    request.signal = signal;
  });
  return {
    octokit,
    repository: { owner, repo },
    retrying: async (what, permission, call) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await call();
        } catch (error) {
          const failed = failedCall(error, clock.now());
          const delay = failed === undefined ? undefined : retryDelayMilliseconds(failed, attempt, random());
          if (delay === undefined) throw refused(what, permission, error);
          await clock.sleep(delay, signal);
        }
      }
    },
  };
}

/** What is known of a call that failed, or undefined where the error is not one of a call. */
export function failedCall(error: unknown, nowMilliseconds: number): FailedCall | undefined {
  if (!(error instanceof Error)) return undefined;
  const response: unknown = Reflect.get(error, 'response');
  const headers = typeof response === 'object' && response !== null ? toRecord(Reflect.get(response, 'headers')) : {};
  const status: unknown = Reflect.get(error, 'status');
  // Octokit gives 500 to a request that got no answer; only a response tells the two apart.
  const answered = typeof response === 'object' && response !== null;
  if (!answered && error.name !== 'HttpError' && !(error instanceof TypeError)) return undefined;
  // Both moments by GitHub's clock: the machine's own may be wrong.
  const date = Date.parse(String(headers['date']));
  const githubTime = Number.isNaN(date) ? nowMilliseconds : date;
  const reset = headers['x-ratelimit-remaining'] === '0' ? seconds(headers['x-ratelimit-reset']) : undefined;
  return {
    status: answered && typeof status === 'number' ? status : undefined,
    message: error.message,
    retryAfterSeconds: seconds(headers['retry-after']),
    resetInSeconds: reset === undefined ? undefined : Math.max(0, Math.ceil(reset - githubTime / 1000)),
  };
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function seconds(header: unknown): number | undefined {
  const value = Number(header);
  return header === undefined || header === '' || !Number.isFinite(value) ? undefined : value;
}

/** The error of a call that is given up. */
export function refused(what: string, permission: string, cause: unknown): UserError {
  return new UserError({
    what: `GitHub did not ${what}`,
    found: cause instanceof Error ? cause.message : String(cause),
    remedy: `Give the job "${permission}", check that GitHub answers, and run the job again.`,
    cause,
  });
}
