import { z } from 'zod';
import type { LocalGithub, LocalGithubEvent } from '@sagemaker-gitops/local-github';
import { parseWorkflowFile, type WorkflowFile } from '../syntax/workflow-file.ts';
import type { TriggerEvent } from '../syntax/triggers.ts';

const pullPayload = z.object({
  pull_request: z.object({
    head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }) }),
    base: z.object({ ref: z.string(), sha: z.string() }),
  }),
});
const schedulePayload = z.object({ schedule: z.string() });
const pushPayload = z.object({ before: z.string(), after: z.string() });

/** An event with the facts that its workflows need. */
export interface EventContext {
  readonly trigger: TriggerEvent;
  readonly headRef: string;
  readonly baseRef: string;
  /** The commit of check runs: the head of a pull request, not its merge commit. */
  readonly headSha: string;
  /** Whether it comes from another repository: then there are no secrets, no roles, and no token that can write. */
  readonly fork: boolean;
}

// Path filters see the first 300 files: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
const MOST_FILES = 300;

/** Reads the facts of an event. */
export async function readEventContext(github: LocalGithub, event: LocalGithubEvent): Promise<EventContext> {
  const files = async (base: string, head: string): Promise<readonly string[]> =>
    (await github.git.changes(base, head)).slice(0, MOST_FILES).map(({ filename }) => filename);
  const none = { headRef: '', baseRef: '', headSha: event.sha, fork: false };
  if (event.name === 'pull_request') {
    const { head, base } = pullPayload.parse(event.payload).pull_request;
    const from = (await github.git.mergeBase(base.sha, head.sha)) ?? base.sha;
    return {
      trigger: {
        name: event.name,
        action: event.action,
        ref: `refs/heads/${base.ref}`,
        changedFiles: await files(from, head.sha),
      },
      headRef: head.ref,
      baseRef: base.ref,
      headSha: head.sha,
      fork: head.repo.full_name !== `${github.state.owner}/${github.state.repo}`,
    };
  }
  if (event.name === 'push') {
    const { before, after } = pushPayload.parse(event.payload);
    const isNew = /^0+$/.test(before);
    const base = isNew ? ((await github.git.mergeBase(github.state.defaultBranch, after)) ?? after) : before;
    const changedFiles = /^0+$/.test(after) ? [] : await files(base, after);
    return { ...none, trigger: { name: event.name, ref: event.ref, changedFiles } };
  }
  const cron = event.name === 'schedule' ? schedulePayload.parse(event.payload).schedule : undefined;
  return { ...none, trigger: { name: event.name, action: event.action, ref: event.ref, cron } };
}

/** The workflows of a commit; an invalid one fails its own run only. */
export async function readWorkflowsAt(
  github: LocalGithub,
  sha: string,
): Promise<readonly ({ readonly path: string; readonly error: Error } | WorkflowFile)[]> {
  const entries = await github.git.entries(sha, '.github/workflows/');
  return await Promise.all(
    entries
      .filter(({ path, type }) => type === 'blob' && /\.ya?ml$/.test(path))
      .map(async ({ path, sha: blob }) => {
        try {
          return await parseWorkflowFile(path, (await github.git.blob(blob)).toString('utf8'));
        } catch (error) {
          return { path, error: error instanceof Error ? error : new Error(String(error)) };
        }
      }),
  );
}
