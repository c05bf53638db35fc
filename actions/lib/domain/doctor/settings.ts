/** A part of the settings, or why the token could not read it. */
export type Seen<Value> =
  { readonly seen: true; readonly value: Value } | { readonly seen: false; readonly why: string };

/** The protection rules of a GitHub environment. */
export interface EnvironmentRules {
  /** Logins of people and names of teams, one of whom has to approve; empty where nobody is asked. */
  readonly reviewers: readonly string[];
  readonly preventsSelfReview: boolean;
  /** Branches that may deploy: any, those with a protection rule, or those that match the listed patterns. */
  readonly branches: 'any' | 'protected' | readonly string[];
  /** Whether administrators may bypass the rules; undefined where GitHub does not say. */
  readonly adminsBypass: boolean | undefined;
}

/** The rules of a branch that count here, from rulesets. */
export interface BranchRules {
  /** Rules of pull requests; undefined where none is needed. */
  readonly pullRequest:
    | {
        readonly approvals: number;
        readonly codeOwners: boolean;
        readonly lastPush: boolean;
        readonly dismissesStale: boolean;
      }
    | undefined;
  /** Names of checks that have to pass. */
  readonly requiredChecks: readonly string[];
  readonly refusesForcePush: boolean;
  readonly refusesDeletion: boolean;
}

/** The settings of a repository on GitHub that nothing in Git decides. */
export interface GithubSettings {
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
  readonly actions: Seen<{ readonly enabled: boolean; readonly allowed: 'all' | 'local_only' | 'selected' }>;
  readonly workflowPermissions: Seen<{ readonly default: 'read' | 'write'; readonly canApprovePullRequests: boolean }>;
  /** State of each workflow by its path; GitHub's word for a running one is `active`. */
  readonly workflows: Seen<ReadonlyMap<string, string>>;
  /** The rules of each environment that was asked for; undefined where GitHub has no such environment. */
  readonly environments: ReadonlyMap<string, Seen<EnvironmentRules | undefined>>;
  readonly branchRules: Seen<BranchRules>;
  /** Names of the repository's secrets. */
  readonly secrets: Seen<readonly string[]>;
  /** Names of the secrets of the environment that the app's jobs run in. */
  readonly automationSecrets: Seen<readonly string[]>;
  /** Names of the repository's variables. */
  readonly variables: Seen<readonly string[]>;
  /** Claims of a customised OIDC subject; undefined for GitHub's default. */
  readonly oidcSubjectClaims: Seen<readonly string[] | undefined>;
  /** Whether CODEOWNERS exists on the default branch, and its errors. */
  readonly codeowners: Seen<{ readonly exists: boolean; readonly errors: readonly string[] }>;
}

/** The environment on GitHub of the jobs that open pull requests as an app. */
export const AUTOMATION = 'automation';

/** What the repository's content asks of the settings. */
export interface SettingsDemand {
  readonly environments: readonly {
    readonly name: string;
    readonly isUnprotected: boolean;
    /** About how many pairs of answers the bakes hold; null where nothing is probed. */
    readonly pairs: number | null;
  }[];
}

/** The workflows of a deployment that an event, a schedule or a person starts, by file name. */
export const STARTED_WORKFLOWS = [
  'pull-request.yml',
  'release.yml',
  'deploy.yml',
  'rollback.yml',
  'drift.yml',
  'replay.yml',
] as const;
