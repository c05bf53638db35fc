import { createSettings, type EnvironmentSettings, type RepositorySettings } from './settings.ts';

/** Who did something: a person, the token of a workflow job, or an app. */
export interface Actor {
  readonly login: string;
  readonly id: number;
  readonly type: 'User' | 'Bot';
  /** Whether what it does starts workflows; what the token of a job does, does not. */
  readonly startsWorkflows: boolean;
}

/** The actor behind the token of a workflow job; login and id are those on github.com. */
export const GITHUB_ACTIONS: Actor = {
  login: 'github-actions[bot]',
  id: 41_898_282,
  type: 'Bot',
  startsWorkflows: false,
};

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly creator: Actor;
  readonly createdAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly creator: Actor;
  readonly transient: boolean;
  readonly production: boolean;
  readonly createdAt: string;
  updatedAt: string;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export interface Comment {
  readonly id: number;
  readonly number: number;
  body: string;
  readonly user: Actor;
  readonly createdAt: string;
  updatedAt: string;
  /** The classifier it was minimised with, or undefined while it is shown. */
  minimized?: string | undefined;
}

export interface Pull {
  /** `OWNER/REPO` of the head; another one than ours is a fork. */
  readonly headRepository: string;
  readonly headRef: string;
  /** Frozen when the pull request closes. */
  headSha: string;
  baseRef: string;
  baseSha: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  mergedAt: string | null;
  mergedBy: Actor | null;
  mergeSha: string | null;
  /** The commits that a merge by rebase wrote, oldest first; the last one is the merge. */
  rebasedShas?: readonly string[];
}

/** An issue; one with a `pull` is a pull request. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'not_planned' | 'duplicate' | 'reopened' | null;
  labels: string[];
  readonly user: Actor;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  readonly pull?: Pull;
}

export interface Review {
  readonly id: number;
  readonly number: number;
  readonly user: Actor;
  readonly body: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED';
  readonly commit: string;
  readonly submittedAt: string;
}

/** Somebody with access of their own to the repository. */
export interface Collaborator {
  readonly user: Actor;
  readonly permission: 'read' | 'write' | 'admin';
}

/** A run of a workflow; whoever runs workflows keeps these up to date. */
export interface WorkflowRun {
  readonly id: number;
  readonly name: string;
  /** Such as `.github/workflows/deploy.yml`. */
  readonly path: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string;
  /** `OWNER/REPO` of the head; ours where it is left out. */
  readonly headRepository?: string;
  readonly actor: Actor;
  readonly createdAt: string;
  /** Default: the first. */
  attempt?: number;
  /** When the newest attempt started; default: when the run was created. */
  startedAt?: string;
  /** Numbers of the pull requests that it is for; default: GitHub does not say. */
  readonly pullRequests?: readonly number[];
  status: 'queued' | 'in_progress' | 'waiting' | 'completed';
  conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | null;
  updatedAt: string;
  /** Those that have ended, without those that were skipped. */
  jobs?: readonly WorkflowJob[];
}

/** An artifact of a workflow run; whoever runs workflows adds them. */
interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly runId: number;
  readonly createdAt: string;
  /** The files as a zip archive. */
  readonly archive: () => Promise<Uint8Array>;
}

/** A signed statement about artifacts; whoever runs workflows adds them. */
interface Attestation {
  /** `sha256:…` of each subject. */
  readonly digests: readonly string[];
  readonly bundle: Readonly<Record<string, unknown>>;
}

type Conclusion = Exclude<WorkflowRun['conclusion'], null>;

/** A job of a run that has ended. */
export interface WorkflowJob {
  readonly name: string;
  /** Where they differ from those of the run. */
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly conclusion: Conclusion;
  readonly steps: readonly { readonly name: string; readonly conclusion: Conclusion }[];
}

export type CheckConclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';

/** What was found out about a commit: a job of a workflow is one. */
export interface CheckRun {
  readonly id: number;
  name: string;
  readonly headSha: string;
  readonly creator: Actor;
  detailsUrl: string | null;
  externalId: string | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: CheckConclusion | null;
  startedAt: string | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
}

/** The older way to say something about a commit. */
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Actor;
  readonly createdAt: string;
}

/** What has to be met before something gets into the default branch, which then takes pull requests only. */
export interface BranchRules {
  readonly requiredApprovals: number;
  /** Whether an approval counts for the commit that was seen, and no later one. */
  readonly dismissStaleApprovals: boolean;
  /** Names of checks or statuses that have to have passed on the head of the pull request. */
  readonly requiredChecks: readonly string[];
}

/** The environment of a name; GitHub makes one without any rule when a job first names it. */
export function ensureEnvironment(
  state: State,
  name: string,
  reviewers: EnvironmentSettings['reviewers'] = [],
): EnvironmentSettings {
  const { environments } = state.settings;
  const known = environments.get(name);
  if (known !== undefined) return known;
  state.nextId += 1;
  const made: EnvironmentSettings = {
    ...{ id: state.nextId, name, reviewers, preventsSelfReview: false, branches: 'any' },
    secrets: new Set(),
    createdAt: new Date().toISOString(),
  };
  environments.set(name, made);
  return made;
}

/** What one repository on the local GitHub holds, Git apart. */
export interface State {
  readonly owner: string;
  readonly repo: string;
  readonly defaultBranch: string;
  readonly deployments: Deployment[];
  readonly issues: Issue[];
  readonly comments: Comment[];
  readonly reviews: Review[];
  readonly workflowRuns: WorkflowRun[];
  readonly artifacts: Artifact[];
  readonly attestations: Attestation[];
  readonly checkRuns: CheckRun[];
  readonly commitStatuses: CommitStatus[];
  /** Undefined where anything may get into the default branch. */
  readonly rules: BranchRules | undefined;
  readonly settings: RepositorySettings;
  readonly collaborators: Collaborator[];
  nextId: number;
  nextNumber: number;
}

/** A repository in which nothing has happened. */
export function createState(owner: string, repo: string, defaultBranch: string, rules?: BranchRules): State {
  return {
    owner,
    repo,
    defaultBranch,
    deployments: [],
    issues: [],
    comments: [],
    reviews: [],
    workflowRuns: [],
    artifacts: [],
    attestations: [],
    checkRuns: [],
    commitStatuses: [],
    rules,
    settings: createSettings(),
    collaborators: [],
    nextId: 1000,
    nextNumber: 1,
  };
}
