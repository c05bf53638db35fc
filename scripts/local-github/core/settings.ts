/** Which branches may deploy to an environment: any, those with a protection rule, or those of the listed patterns. */
type DeploymentBranches = 'any' | 'protected' | readonly string[];

/** A person who may approve. */
interface Reviewer {
  readonly login: string;
  readonly id: number;
}

/** An environment with its protection rules. */
export interface EnvironmentSettings {
  readonly id: number;
  readonly name: string;
  reviewers: readonly Reviewer[];
  preventsSelfReview: boolean;
  branches: DeploymentBranches;
  /** Names; values can't be read back. */
  readonly secrets: Set<string>;
  readonly createdAt: string;
}

/** A rule of the default branch, as a ruleset has it: a type and its parameters. */
export interface BranchRule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The settings of the repository that a person chooses on GitHub's pages. */
export interface RepositorySettings {
  isPrivate: boolean;
  actions: {
    enabled: boolean;
    allowed: 'all' | 'local_only' | 'selected';
    defaultPermissions: 'read' | 'write';
    canApprovePullRequests: boolean;
  };
  /** State of each workflow file that isn't active, by path. */
  readonly inactiveWorkflows: Map<string, 'disabled_fork' | 'disabled_inactivity' | 'disabled_manually'>;
  readonly environments: Map<string, EnvironmentSettings>;
  /** Names; values can't be read back. */
  readonly secrets: Set<string>;
  readonly variables: Map<string, string>;
  /** Claims of a customised OIDC subject; undefined for GitHub's default. */
  oidcSubjectClaims: readonly string[] | undefined;
  branchRules: readonly BranchRule[];
}

/** The settings of a new repository: Actions on, nothing protected. */
export function createSettings(): RepositorySettings {
  return {
    isPrivate: true,
    actions: { enabled: true, allowed: 'all', defaultPermissions: 'read', canApprovePullRequests: false },
    inactiveWorkflows: new Map(),
    environments: new Map(),
    secrets: new Set(),
    variables: new Map(),
    oidcSubjectClaims: undefined,
    branchRules: [],
  };
}
