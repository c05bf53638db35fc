import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getOctokit } from '@actions/github';
import { startLocalGithub } from '@sagemaker-gitops/local-github';

/** A deployment as a test looks at it. */
interface RecordedDeployment {
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  /** Newest first, as GitHub lists them. */
  readonly statuses: readonly { readonly state: string; readonly description: string }[];
}

/** The local GitHub as tests of swaps use it: what it shows of deployments, and what a test does to it. */
export interface DeploymentsGithub {
  /** The base URL of the REST API. */
  readonly url: string;
  /** A token of a job that may write deployments. */
  readonly token: string;
  /** What a job's environment says about GitHub. */
  readonly environment: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly deployments: readonly RecordedDeployment[];
  /** Records a deployment as an earlier run would have. */
  record(deployment: RecordedDeployment): Promise<void>;
  /** Forgets every deployment and every failure. */
  clear(): void;
  /** Answers every request with 503 from now on. */
  goAway(): void;
  close(): Promise<void>;
}

const repository = { owner: 'example', repo: 'models' };

/**
 * Starts a GitHub for one row after the other: it takes a quarter of a second, most of it for a signing key, and a row has
 * only to clear it.
 */
export async function startDeploymentsGithub(): Promise<DeploymentsGithub> {
  const folder = await mkdtemp(path.join(tmpdir(), 'deployments-github-'));
  const github = await startLocalGithub({ logDirectory: folder, ...repository });
  const { rest } = getOctokit(github.token('all'), { baseUrl: github.url });
  return {
    url: github.url,
    token: github.token({ deployments: 'write' }),
    environment: github.environment,
    get deployments() {
      return github.state.deployments
        .map((deployment) => ({ ...deployment, statuses: deployment.statuses.toReversed() }))
        .toReversed();
    },
    record: async ({ statuses, payload, ...deployment }) => {
      const { data } = await rest.repos.createDeployment({
        ...repository,
        ...deployment,
        ref: 'c'.repeat(40),
        payload: JSON.stringify(payload),
        auto_merge: false,
        required_contexts: [],
      });
      if (!('id' in data)) throw new Error('the local GitHub made no deployment');
      for (const { state, description } of statuses.toReversed()) {
        await rest.repos.createDeploymentStatus({
          ...repository,
          deployment_id: data.id,
          state: state as 'success',
          description,
        });
      }
    },
    clear: () => {
      github.state.deployments.length = 0;
      github.faults.length = 0;
    },
    goAway: () => {
      github.faults.push({ kind: 'server-error', status: 503, times: Infinity });
    },
    close: async () => {
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
