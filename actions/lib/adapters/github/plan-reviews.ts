import { strFromU8, unzipSync } from 'fflate';
import { z } from 'zod';
import { UserError } from '../../domain/errors/user-error.ts';
import type { PlanReviews } from '../../ports/plan-reviews.ts';
import { orMissing, type GithubClient } from './client.ts';

const repo = z.looseObject({ full_name: z.string() }).nullish();
const pull = z.looseObject({
  number: z.number(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.looseObject({ sha: z.string(), ref: z.string(), repo }),
  base: z.looseObject({ ref: z.string() }),
});
const run = z.looseObject({
  id: z.number(),
  run_attempt: z.number(),
  path: z.string(),
  event: z.string(),
  head_sha: z.string(),
  head_branch: z.string().nullish(),
  head_repository: repo,
  conclusion: z.string().nullish(),
  created_at: z.string(),
  run_started_at: z.string(),
});
const artifact = z.looseObject({ id: z.number(), name: z.string(), expired: z.boolean(), created_at: z.string() });
const environment = z.looseObject({
  protection_rules: z
    .array(z.looseObject({ type: z.string(), reviewers: z.array(z.unknown()).optional() }))
    .default([]),
});

// A statement is some kilobytes for each resource.
const LARGEST_STATEMENT_BYTES = 50_000_000;

/** Pull requests, workflow runs, their artifacts and the rules of environments, by GitHub's REST API. */
export function createPlanReviews({ octokit, repository, call }: GithubClient): PlanReviews {
  const { rest, paginate } = octokit;
  const isFork = (found: z.output<typeof repo>): boolean =>
    found?.full_name.toLowerCase() !== `${repository.owner}/${repository.repo}`.toLowerCase();
  return {
    mergedPullRequests: async (sha) =>
      await call(`list the pull requests of ${sha}`, 'pull-requests: read', async () => {
        const all = await paginate(rest.repos.listPullRequestsAssociatedWithCommit, {
          ...repository,
          commit_sha: sha,
          per_page: 100,
        });
        return all.flatMap((item) => {
          const { number, merged_at, merge_commit_sha, head, base } = pull.parse(item);
          if (typeof merged_at !== 'string') return [];
          return {
            number,
            headSha: head.sha,
            headBranch: head.ref,
            isFork: isFork(head.repo),
            baseBranch: base.ref,
            mergeCommitSha: merge_commit_sha ?? undefined,
            mergedAt: Date.parse(merged_at),
          };
        });
      }),
    baseBranchesOf: async (headBranch) =>
      await call(`list the pull requests of ${headBranch}`, 'pull-requests: read', async () => {
        const head = `${repository.owner}:${headBranch}`;
        const all = await paginate(rest.pulls.list, { ...repository, state: 'all', head, per_page: 100 });
        return all.map((item) => pull.parse(item).base.ref);
      }),
    runsOf: async (workflow, headSha) =>
      await call(`list the runs of ${workflow}`, 'actions: read', async () => {
        const all = await paginate(rest.actions.listWorkflowRuns, {
          ...repository,
          workflow_id: workflow,
          head_sha: headSha,
          per_page: 100,
        });
        return all.map((item) => {
          const found = run.parse(item);
          return {
            id: found.id,
            attempt: found.run_attempt,
            // GitHub may add the ref: `.github/workflows/pull-request.yml@refs/…`.
            workflow: found.path.replace(/@.*$/, ''),
            event: found.event,
            headSha: found.head_sha,
            headBranch: found.head_branch ?? '',
            isFork: isFork(found.head_repository),
            conclusion: found.conclusion ?? undefined,
            createdAt: Date.parse(found.created_at),
            startedAt: Date.parse(found.run_started_at),
          };
        });
      }),
    artifactsOf: async (runId) =>
      await call(`list the artifacts of run ${String(runId)}`, 'actions: read', async () => {
        const all = await paginate(rest.actions.listWorkflowRunArtifacts, {
          ...repository,
          run_id: runId,
          per_page: 100,
        });
        return all
          .map((item) => artifact.parse(item))
          .filter(({ expired }) => !expired)
          .map(({ id, name, created_at }) => ({ id, name, createdAt: Date.parse(created_at) }));
      }),
    readArtifact: async ({ id, name }, file) =>
      await call(`download the artifact ${name}`, 'actions: read', async () => {
        const { data } = await rest.actions.downloadArtifact({
          ...repository,
          artifact_id: id,
          archive_format: 'zip',
        });
        const archive = z.instanceof(ArrayBuffer).parse(data);
        const members = unzipSync(new Uint8Array(archive), {
          filter: (member) => member.name === file && checkSize(name, member.originalSize),
        });
        const found = members[file];
        return found === undefined ? undefined : strFromU8(found);
      }),
    reviewersOf: async (name) =>
      await call(`describe the environment ${name}`, 'actions: read', async () => {
        const answer = await orMissing(rest.repos.getEnvironment({ ...repository, environment_name: name }));
        // GitHub makes an environment, without rules, when a job first names it.
        if (answer === undefined) return 0;
        const rules = environment.parse(answer.data).protection_rules;
        return rules.reduce((count, { reviewers = [] }) => count + reviewers.length, 0);
      }),
  };
}

function checkSize(name: string, bytes: number): boolean {
  if (bytes <= LARGEST_STATEMENT_BYTES) return true;
  throw new UserError({
    what: `The statement in ${name} is too large`,
    expected: `at most ${String(LARGEST_STATEMENT_BYTES)} bytes`,
    found: `${String(bytes)} bytes`,
    remedy: 'Deploy by naming the digest of the plan, which Deploy prints.',
  });
}
