import type { Actor } from './state.ts';

/** An event that can start workflows, with GitHub's payload. */
export interface LocalGithubEvent {
  readonly name:
    | 'push'
    | 'pull_request'
    | 'pull_request_review'
    | 'issue_comment'
    | 'workflow_dispatch'
    | 'repository_dispatch'
    | 'deployment'
    | 'deployment_status'
    | 'schedule';
  readonly action?: string;
  readonly actor: Actor;
  /** The full ref that the event is about, such as `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
