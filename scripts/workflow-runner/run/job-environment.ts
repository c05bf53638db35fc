import path from 'node:path';
import type { LocalGithub } from '@sagemaker-gitops/local-github';

/** Variables that a job inherits from this machine: locations of programs, no secrets. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'DOCKER_HOST',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
];
const INHERITED_PREFIXES = ['TF_CLI_', 'TF_PLUGIN_', 'npm_config_'];

/** The machine's part of a job's environment. */
export function inheritedEnvironment(environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && (INHERITED.includes(name) || INHERITED_PREFIXES.some((prefix) => name.startsWith(prefix)))
        ? [[name, value]]
        : [],
    ),
  );
}

/** The facts of a run, for variables and the `github` context. */
export interface RunFacts {
  readonly runId: number;
  /** Counts from 1: how often the run was started. */
  readonly attempt: number;
  readonly workflowName: string;
  readonly workflowPath: string;
  readonly eventName: string;
  readonly ref: string;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly actor: string;
}

/** The variables that a GitHub runner sets for every step. */
export function githubEnvironment(
  github: LocalGithub,
  facts: RunFacts,
  job: { readonly id: string; readonly folder: string; readonly eventPath: string },
): Readonly<Record<string, string>> {
  return {
    ...github.environment,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKFLOW: facts.workflowName,
    GITHUB_WORKFLOW_REF: `${github.state.owner}/${github.state.repo}/${facts.workflowPath}@${facts.ref}`,
    GITHUB_RUN_ID: String(facts.runId),
    GITHUB_RUN_NUMBER: String(facts.runId),
    GITHUB_RUN_ATTEMPT: String(facts.attempt),
    GITHUB_JOB: job.id,
    GITHUB_EVENT_NAME: facts.eventName,
    GITHUB_EVENT_PATH: job.eventPath,
    GITHUB_REF: facts.ref,
    GITHUB_REF_NAME: facts.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_SHA: facts.sha,
    GITHUB_HEAD_REF: facts.headRef,
    GITHUB_BASE_REF: facts.baseRef,
    GITHUB_ACTOR: facts.actor,
    GITHUB_TRIGGERING_ACTOR: facts.actor,
    GITHUB_WORKSPACE: path.join(job.folder, 'workspace'),
    RUNNER_TEMP: path.join(job.folder, 'temp'),
    RUNNER_TOOL_CACHE: path.join(job.folder, 'tools'),
    RUNNER_OS: { linux: 'Linux', darwin: 'macOS' }[process.platform as string] ?? process.platform,
    RUNNER_ARCH: process.arch.toUpperCase(),
    RUNNER_NAME: 'local',
  };
}

/** The `github` context. */
export function githubContext(github: LocalGithub, facts: RunFacts, token: string, event: unknown) {
  return {
    token,
    event: JSON.parse(JSON.stringify(event)) as Readonly<Record<string, never>>,
    event_name: facts.eventName,
    sha: facts.sha,
    ref: facts.ref,
    ref_name: facts.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    head_ref: facts.headRef,
    base_ref: facts.baseRef,
    actor: facts.actor,
    triggering_actor: facts.actor,
    repository: `${github.state.owner}/${github.state.repo}`,
    repository_owner: github.state.owner,
    repository_id: '1',
    repository_owner_id: '1',
    run_id: String(facts.runId),
    run_number: String(facts.runId),
    run_attempt: String(facts.attempt),
    workflow: facts.workflowName,
    server_url: github.serverUrl,
    api_url: github.url,
    graphql_url: `${github.url}/graphql`,
  };
}
