import { z } from 'zod';
import type { Deployments } from '../../ports/deployments.ts';
import type { GithubClient } from './client.ts';

export interface DeploymentsOptions {
  /** The commit whose files are deployed. */
  readonly sha: string;
  /** The page of the run. */
  readonly runUrl: string;
  /** The region whose console shows the endpoint. */
  readonly region: string;
}

const WRITE = 'deployments: write';
// GitHub refuses longer ones: https://docs.github.com/rest/deployments/statuses
const LONGEST_DESCRIPTION = 140;

const created = z.object({ id: z.number() });
const mirrored = z.object({ attempt: z.number().nullable(), runUrl: z.string() });

/** GitHub Deployments as the mirror of attempts. */
export function createGithubDeployments(
  client: GithubClient,
  { sha, runUrl, region }: DeploymentsOptions,
): Deployments {
  const { repository, create } = client;
  const { rest } = client.octokit;

  const report: Deployments['report'] = async (id, state, text, endpointName) => {
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
          // Older ones keep what they say: each tells how one attempt ended.
          auto_inactive: false,
        });
        return true;
      },
      find: async () => {
        const { data } = await rest.repos.listDeploymentStatuses({ ...repository, deployment_id: id, per_page: 1 });
        return data[0]?.state === state && data[0].description === description ? true : undefined;
      },
    });
  };

  return {
    open: async ({ environment, task, attempt, release, endpoint, description }) => {
      /** The deployment of this attempt, or of this run where the attempt has no number. */
      const find = async (): Promise<number | undefined> => {
        const { data } = await rest.repos.listDeployments({ ...repository, environment, task, per_page: 30 });
        return data.find(({ payload }) => {
          const known = mirrored.safeParse(decodePayload(payload)).data;
          return attempt === null ? known?.runUrl === runUrl : known?.attempt === attempt;
        })?.id;
      };
      const existing = await client.call(`list the deployments of ${environment}`, WRITE, find);
      const id =
        existing ??
        (await create(`record a deployment to ${environment}`, WRITE, {
          create: async () => {
            const { data } = await rest.repos.createDeployment({
              ...repository,
              ref: sha,
              environment,
              task,
              payload: { attempt, release, endpoint, runUrl },
              description: cut(description),
              auto_merge: false,
              // The checks were required before the merge; a rollback must not wait for any.
              required_contexts: [],
            });
            return created.parse(data).id;
          },
          find,
        }));
      if (existing === undefined) await report(id, 'queued', '', endpoint);
      return id;
    },
    report,
  };
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
