import { setTimeout as delay } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import { throttling, type ThrottlingOptions } from '@octokit/plugin-throttling';
import { UserError } from '../../domain/errors/user-error.ts';
import type { Reporter } from '../../ports/reporter.ts';

export interface GithubClientOptions {
  readonly token: string;
  /** Base of the REST API, such as `https://api.github.com`. */
  readonly apiUrl: string;
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  readonly reporter: Pick<Reporter, 'info' | 'warning'>;
  /** Aborts requests; undefined where calls have to go out after the job was cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Length of a second of waiting; tests shorten it. */
  readonly secondMilliseconds?: number;
}

type Octokit = ReturnType<typeof getOctokit>;

/** How something is created once: `find` looks for it after the answer to `create` was lost. */
interface Creation<Created> {
  readonly create: () => Promise<Created>;
  readonly find: () => Promise<Created | undefined>;
}

/** GitHub's API for one repository. All calls follow one policy for rate limits and failures. */
export interface GithubClient {
  readonly octokit: Octokit;
  readonly repository: { readonly owner: string; readonly repo: string };
  /** @throws UserError that names the call and the permission it needs. */
  readonly call: <Result>(what: string, permission: string, call: () => Promise<Result>) => Promise<Result>;
  /**
   * Creates something exactly once: after a lost answer it is looked up before it is created again.
   *
   * @throws UserError that names the call and the permission it needs.
   */
  readonly create: <Created>(what: string, permission: string, creation: Creation<Created>) => Promise<Created>;
}

const MOST_RETRIES = 3;
const MOST_CREATIONS = 3;
// A job has its own time limit: a longer wait is a failure that a person has to see.
const LONGEST_WAIT_SECONDS = 120;

// By default the plugin lets a second pass between writes, and three between those that notify people. GitHub asks for
// that where there are many (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api); an
// action makes a handful.
const UNPACED = { key: () => ({ schedule: async (_: unknown, work: () => Promise<void>) => await work() }) };

// Content-addressed objects and idempotent mutations: a second one changes nothing.
const REPEATABLE_POSTS = /\/graphql$|\/git\/(?:trees|commits)$/;

/** Connects to GitHub. */
export function createGithubClient(options: GithubClientOptions): GithubClient {
  const { signal, secondMilliseconds = 1000 } = options;
  const [owner = '', repo = ''] = options.repository.split('/');
  const octokit = connect(options, secondMilliseconds);
  const call: GithubClient['call'] = async (what, permission, work) => {
    try {
      return await work();
    } catch (cause) {
      throw failed(what, permission, cause);
    }
  };
  return {
    octokit,
    repository: { owner, repo },
    call,
    create: async (what, permission, { create, find }) =>
      await call(what, permission, async () => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await create();
          } catch (error) {
            if (!isAnswerLost(error)) throw error;
            options.reporter.info(`GitHub's answer to "${what}" was lost: looking it up`);
            await delay(secondMilliseconds, undefined, signal === undefined ? {} : { signal });
            const found = await find();
            if (found !== undefined) return found;
            if (attempt === MOST_CREATIONS) throw error;
          }
        }
      }),
  };
}

function connect({ token, apiUrl, reporter, signal }: GithubClientOptions, secondMilliseconds: number): Octokit {
  const onLimit =
    (limit: string) =>
    (retryAfterSeconds: number, { method, url }: { method: string; url: string }, _: unknown, retries: number) => {
      const waits = retryAfterSeconds <= LONGEST_WAIT_SECONDS && retries < MOST_RETRIES;
      const next = waits
        ? `waiting ${String(retryAfterSeconds)} s`
        : `${String(retryAfterSeconds)} s is too long to wait`;
      reporter.warning(`GitHub's ${limit} is reached at ${method} ${url}: ${next}`);
      return waits;
    };
  const throttle = {
    retryAfterBaseValue: secondMilliseconds,
    onRateLimit: onLimit('rate limit'),
    onSecondaryRateLimit: onLimit('secondary rate limit'),
    write: UNPACED,
    notifications: UNPACED,
  } as unknown as ThrottlingOptions;
  // 429 is left to the throttling plugin, which knows how long to wait.
  const retries = {
    retries: MOST_RETRIES,
    retryAfterBaseValue: secondMilliseconds / 2,
    doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
  };
  const octokit = getOctokit(token, { baseUrl: apiUrl, throttle, retry: retries }, throttling, retry);
  octokit.hook.before('request', (call) => {
    const isCreation = call.method === 'POST' && !REPEATABLE_POSTS.test(call.url);
    // A copy: Octokit hands the same object to every request, and the plugins write into it. As an option of the client it
    // would replace the proxy settings of @actions/github.
    call.request = {
      ...call.request,
      ...(signal === undefined ? {} : { signal }),
      ...(isCreation ? { retries: 0 } : {}),
    };
  });
  return octokit;
}

/** Whether a call got no answer, or one that leaves open whether it was carried out. Octokit reports a failed connection as 500. */
function isAnswerLost(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 500 && !(error instanceof Error && error.name === 'AbortError');
}

/** The HTTP status of a failed call; undefined for another error. */
export function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error ? Reflect.get(error, 'status') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** An answer of GitHub, or undefined where it says that there is no such thing. */
export async function orMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

// GitHub's words where a setting forbids it; the job's permission changes nothing.
const PULL_REQUESTS_FORBIDDEN = 'GitHub Actions is not permitted to create or approve pull requests';

function failed(what: string, permission: string, cause: unknown): UserError {
  const found = cause instanceof Error ? cause.message : String(cause);
  return new UserError({
    what: `GitHub did not ${what}`,
    found,
    remedy: found.includes(PULL_REQUESTS_FORBIDDEN)
      ? 'Set "Allow GitHub Actions to create and approve pull requests" (Settings, Actions, General; an organisation has it too), or let an app open them (docs/security.md, APP_CLIENT_ID). Then run the job again.'
      : remedyOf(statusOf(cause), permission),
    cause,
  });
}

function remedyOf(status: number | undefined, permission: string): string {
  if (status === 401)
    return 'GitHub does not take the token: it is wrong, or has expired. Run the job again; in a shell sign in with `gh auth login`, or set GH_TOKEN.';
  if (status === 404)
    return `Check the names in it. GitHub also says so of what a token may not see: give the token "${permission}", and run it again.`;
  if (status === undefined || status >= 500)
    return 'Check that GitHub can be reached from here and answers (https://www.githubstatus.com), and run it again.';
  return `Give the token "${permission}", and run it again.`;
}
