import { getOctokit } from '@actions/github';
import { z } from 'zod';
import { UserError } from '../../domain/errors/user-error.ts';
import { ATTEMPT_STATES, attemptPayload, attemptTask, type AttemptRecord } from '../../domain/ledger/ledger.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';

export interface LedgerOptions {
  readonly token: string;
  readonly owner: string;
  readonly repository: string;
  /** The commit whose files are deployed. */
  readonly sha: string;
  /** Where a person sees the run. */
  readonly runUrl: string;
  /** The region whose console shows the endpoint. */
  readonly region: string;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Base URL of the REST API; default: that of GITHUB_API_URL. */
  readonly apiUrl?: string;
}

// GitHub cuts nothing and refuses longer ones: https://docs.github.com/rest/deployments/statuses
const LONGEST_DESCRIPTION = 140;

const deployment = z.object({
  id: z.number(),
  task: z.string(),
  created_at: z.string(),
  payload: z.unknown(),
});
const status = z.object({ state: z.string(), description: z.string().nullish() });

/** GitHub Deployments as the ledger of attempts. The base URL is that of GITHUB_API_URL. */
export function createGithubLedger(options: LedgerOptions): Ledger {
  const { rest, paginate } = getOctokit(options.token, options.apiUrl === undefined ? {} : { baseUrl: options.apiUrl });
  const callGithub = createCaller(options.clock);
  const repository = { owner: options.owner, repo: options.repository };
  const statusesOf = async (id: number): Promise<AttemptRecord['statuses']> =>
    await callGithub(`list the statuses of deployment ${id}`, async () => {
      const all = await paginate(rest.repos.listDeploymentStatuses, {
        ...repository,
        deployment_id: id,
        per_page: 100,
      });
      return all.flatMap((item) => {
        const { state, description } = status.parse(item);
        const known = ATTEMPT_STATES.find((candidate) => candidate === state);
        return known === undefined ? [] : [{ state: known, description: description ?? '' }];
      });
    });
  return {
    attempts: async function* (environment) {
      const pages = paginate.iterator(rest.repos.listDeployments, { ...repository, environment, per_page: 100 });
      const iterator = pages[Symbol.asyncIterator]();
      for (;;) {
        const page = await callGithub(`list the deployments of ${environment}`, async () => await iterator.next());
        if (page.done === true) return;
        const items: readonly unknown[] = page.value.data;
        for (const item of items) {
          const { id, task, created_at, payload } = deployment.parse(item);
          const knownTask = attemptTask.safeParse(task);
          const knownPayload = attemptPayload.safeParse(typeof payload === 'string' ? tryParseJson(payload) : payload);
          // Others may record deployments of the same environment too.
          if (!knownTask.success || !knownPayload.success) continue;
          yield {
            id,
            task: knownTask.data,
            payload: knownPayload.data,
            createdAt: created_at,
            statuses: await statusesOf(id),
          };
        }
      }
    },
    open: async ({ environment, task, payload, description }) =>
      await callGithub(`record a deployment to ${environment}`, async () => {
        const { data } = await rest.repos.createDeployment({
          ...repository,
          ref: options.sha,
          environment,
          task,
          payload: { ...payload, runUrl: options.runUrl },
          description: cut(description),
          auto_merge: false,
          // The checks were required before the merge; a rollback must not wait for any.
          required_contexts: [],
        });
        const { id } = z.object({ id: z.number() }).parse(data);
        await rest.repos.createDeploymentStatus({
          ...repository,
          deployment_id: id,
          state: 'queued',
          log_url: options.runUrl,
        });
        return id;
      }),
    report: async (id, state, description, endpointName) => {
      await callGithub(
        `set deployment ${id} to ${state}`,
        async () =>
          await rest.repos.createDeploymentStatus({
            ...repository,
            deployment_id: id,
            state: state === 'inactive' ? 'inactive' : state,
            description: cut(description),
            log_url: options.runUrl,
            environment_url: `https://${options.region}.console.aws.amazon.com/sagemaker/home?region=${options.region}#/endpoints/${endpointName}`,
            // GitHub would spare production environments; here every older success ends when a new one comes.
            auto_inactive: true,
          }),
      );
    },
  };
}

function cut(description: string): string {
  return description.length <= LONGEST_DESCRIPTION
    ? description
    : `${description.slice(0, LONGEST_DESCRIPTION - 3)}...`;
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 60_000;

/** Calls GitHub, and again where it says that later may work. */
function createCaller(clock: Pick<Clock, 'sleep'>) {
  return async <Result>(what: string, call: () => Promise<Result>): Promise<Result> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (cause) {
        const pause = attempt < ATTEMPTS ? pauseBeforeRetry(cause, attempt) : undefined;
        if (pause === undefined) {
          throw new UserError({
            what: `GitHub did not ${what}`,
            found: cause instanceof Error ? cause.message : String(cause),
            remedy: 'Give the job "deployments: write", check that GitHub answers, and run the job again.',
            cause,
          });
        }
        await clock.sleep(pause);
      }
    }
  };
}

const failure = z.object({
  status: z.number(),
  response: z.object({ headers: z.record(z.string(), z.unknown()) }).optional(),
});

/** Milliseconds until a failed call is worth another try; undefined where it isn't. */
export function pauseBeforeRetry(error: unknown, attempt: number): number | undefined {
  const backoff = FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1);
  const { data } = failure.safeParse(error);
  if (data === undefined) return error instanceof z.ZodError ? undefined : backoff;
  // Octokit gives a failed connection the status 500 too.
  if (data.status >= 500) return backoff;
  // Secondary rate limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
  const retryAfter = Number(data.response?.headers['retry-after']);
  if ((data.status === 403 || data.status === 429) && Number.isFinite(retryAfter)) {
    return Math.min(retryAfter * 1000, LONGEST_PAUSE_MILLISECONDS);
  }
  return data.status === 429 ? backoff : undefined;
}
