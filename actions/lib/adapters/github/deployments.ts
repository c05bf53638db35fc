import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ATTEMPT_STATES, attemptPayload, attemptTask, type AttemptRecord } from '../../domain/ledger/ledger.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { GithubClient } from './client.ts';

export interface LedgerOptions {
  /** The commit whose files are deployed. */
  readonly sha: string;
  /** The page of the run. */
  readonly runUrl: string;
  /** The region whose console shows the endpoint. */
  readonly region: string;
}

const READ = 'deployments: read';
const WRITE = 'deployments: write';
// GitHub refuses longer ones: https://docs.github.com/rest/deployments/statuses
const LONGEST_DESCRIPTION = 140;

const deployment = z.object({
  id: z.number(),
  task: z.string(),
  created_at: z.string(),
  payload: z.unknown(),
});
const status = z.object({ state: z.string(), description: z.string().nullish() });
const created = z.object({ id: z.number() });
const keyed = z.object({ key: z.string() });

/** GitHub Deployments as the ledger of attempts. */
export function createGithubLedger(client: GithubClient, { sha, runUrl, region }: LedgerOptions): Ledger {
  const { repository, call, create } = client;
  const { rest, paginate } = client.octokit;

  const statusesOf = async (id: number): Promise<AttemptRecord['statuses']> =>
    await call(`list the statuses of deployment ${id}`, READ, async () => {
      const query = { ...repository, deployment_id: id, per_page: 100 };
      const all = await paginate(rest.repos.listDeploymentStatuses, query);
      return all.flatMap((item) => {
        const { state, description } = status.parse(item);
        const known = ATTEMPT_STATES.find((candidate) => candidate === state);
        return known === undefined ? [] : [{ state: known, description: description ?? '' }];
      });
    });

  const report: Ledger['report'] = async (id, state, text, endpointName) => {
    const description = cut(text);
    await create(`set deployment ${id} to ${state}`, WRITE, {
      create: async () => {
        await rest.repos.createDeploymentStatus({
          ...repository,
          deployment_id: id,
          state,
          description,
          log_url: runUrl,
          environment_url: `https://${region}.console.aws.amazon.com/sagemaker/home?region=${region}#/endpoints/${endpointName}`,
          // GitHub would leave production environments out; here a new success ends every older one.
          auto_inactive: true,
        });
        return true;
      },
      find: async () => {
        const [newest] = await statusesOf(id);
        return newest?.state === state && newest.description === description ? true : undefined;
      },
    });
  };

  return {
    attempts: async function* (environment) {
      const pages = paginate.iterator(rest.repos.listDeployments, { ...repository, environment, per_page: 100 });
      const iterator = pages[Symbol.asyncIterator]();
      for (;;) {
        const page = await call(`list the deployments of ${environment}`, READ, async () => await iterator.next());
        if (page.done === true) return;
        for (const item of page.value.data) {
          const attempt = parseAttempt(item);
          if (attempt !== undefined) yield { ...attempt, statuses: await statusesOf(attempt.id) };
        }
      }
    },
    open: async ({ environment, task, payload, description }) => {
      const key = randomUUID();
      const id = await create(`record a deployment to ${environment}`, WRITE, {
        create: async () => {
          const { data } = await rest.repos.createDeployment({
            ...repository,
            ref: sha,
            environment,
            task,
            payload: { ...payload, runUrl, key },
            description: cut(description),
            auto_merge: false,
            // The checks were required before the merge; a rollback must not wait for any.
            required_contexts: [],
          });
          return created.parse(data).id;
        },
        find: async () => {
          const { data } = await rest.repos.listDeployments({ ...repository, environment, task, per_page: 100 });
          return data.find((item) => keyed.safeParse(decodePayload(item.payload)).data?.key === key)?.id;
        },
      });
      await report(id, 'queued', '', payload.endpoint);
      return id;
    },
    report,
  };
}

/** An attempt without its statuses; undefined for a deployment that another program recorded. */
function parseAttempt(item: unknown): Omit<AttemptRecord, 'statuses'> | undefined {
  const { id, task, created_at, payload } = deployment.parse(item);
  const knownTask = attemptTask.safeParse(task);
  const knownPayload = attemptPayload.safeParse(decodePayload(payload));
  if (!knownTask.success || !knownPayload.success) return undefined;
  return { id, task: knownTask.data, payload: knownPayload.data, createdAt: created_at };
}

// GitHub returns a payload as it was sent: an object, or the text of one.
function decodePayload(payload: unknown): unknown {
  if (typeof payload !== 'string') return payload;
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

function cut(description: string): string {
  return description.length <= LONGEST_DESCRIPTION
    ? description
    : `${description.slice(0, LONGEST_DESCRIPTION - 3)}...`;
}
