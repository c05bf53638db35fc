import { createHash } from 'node:crypto';
import { releaseFileOf, releaseSpec } from '../../actions/lib/testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { renderPlanComment } from '../../actions/lib/domain/plan/comment.ts';
import { COMMENT_LIMIT } from '../../actions/lib/domain/text/size-budget.ts';
import { parsePlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import { summarisePlan } from '../../actions/lib/domain/plan/summarise.ts';
import { renderPlanSummaryFile } from '../../actions/lib/domain/plan/summary.ts';
import { parseReleaseFile } from '../../actions/lib/domain/release/release.ts';

/**
 * How long a huge plan takes from the text of `terraform show -json` to the comment, and the memory it takes.
 *
 *   npx tsx scripts/bench/plan-comment.ts [RESOURCES]
 *
 * Prints one line of JSON. Exits with 1 where 5,000 resource changes take 2 s or more, or 400 MB or more.
 */
const MOST_MILLISECONDS = 2_000;
const MOST_MEGABYTES = 400;

/** The text of a plan with so many resource changes, about 4 KB each, with sensitive marks and policies among them. */
function planText(resources: number): string {
  const changes = Array.from({ length: resources }, (_, index) => {
    const filler = createHash('sha512').update(String(index)).digest('hex');
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: `arn:aws:s3:::models-${String(index)}/*` }],
    });
    const side = (mark: string): object => ({
      name: `release-${String(index)}`,
      password: `password-${mark}-${filler.slice(0, 24)}`,
      policy,
      description: `${mark} ${filler.repeat(8)}`,
      primary_container: [{ environment: { LOG_LEVEL: mark, TOKEN: `${mark}-${filler.slice(0, 16)}` } }],
      tags: Object.fromEntries(
        Array.from({ length: 12 }, (_, tag) => [`tag-${String(tag)}`, filler.slice(tag, tag + 40)]),
      ),
    });
    const action = index % 50 === 0 ? ['delete', 'create'] : index % 7 === 0 ? ['delete'] : ['update'];
    return {
      address: `module.endpoint.aws_sagemaker_model.release["${String(index)}"]`,
      mode: 'managed',
      type: 'aws_sagemaker_model',
      name: 'release',
      change: {
        actions: action,
        before: side('before'),
        after: action.length === 1 && action[0] === 'delete' ? null : side('after'),
        after_unknown: { arn: true },
        before_sensitive: { password: true },
        after_sensitive: { password: true },
      },
    };
  });
  return JSON.stringify({ format_version: '1.2', terraform_version: '1.11.4', resource_changes: changes });
}

function main(resources: number): number {
  const text = planText(resources);
  const environment = { ...VALID_ENVIRONMENT, visibleEnvironmentKeys: ['LOG_LEVEL'], name: 'dev' };
  const release = parseReleaseFile({ path: 'release.json', text: JSON.stringify(releaseFileOf(releaseSpec('a'))) });
  const headSha = 'a'.repeat(40);
  const started = performance.now();
  const startedCpu = process.cpuUsage();
  const result = summarisePlan(parsePlanJson(text), {
    environment,
    baseEnvironment: environment,
    release,
    baseRelease: release,
    isProduction: true,
    diagnostics: [],
    terraformFiles: [],
    sources: ['environments', 'modules'],
    rootModule: undefined,
  });
  const run = { id: 1, attempt: 1 };
  const summary = {
    format: 1,
    environment: 'dev',
    promotionOrder: 1,
    headSha,
    baseSha: null,
    run,
    terraformVersion: '1.11.4',
    result,
  } as const;
  const file = renderPlanSummaryFile(summary);
  const comment = renderPlanComment({
    origin: {
      headSha,
      baseSha: null,
      runId: 1,
      runAttempt: 1,
    },
    summaries: [summary],
    missing: [],
    notConfigured: [],
    reviews: [],
    missingReviews: [],
    acceptances: { kind: 'open' },
    links: { repositoryUrl: 'https://github.example/acme/models' },
  });
  const milliseconds = performance.now() - started;
  const cpu = process.cpuUsage(startedCpu);
  // The most that was resident at any time, Node itself and the text of the plan included.
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const processorMilliseconds = (cpu.user + cpu.system) / 1000;
  console.log(
    JSON.stringify({
      resources,
      planMegabytes: text.length / 1e6,
      summaryMegabytes: file.length / 1e6,
      characters: comment.length,
      milliseconds,
      processorMilliseconds,
      megabytes,
    }),
  );
  const good = milliseconds < MOST_MILLISECONDS && megabytes < MOST_MEGABYTES && comment.length <= COMMENT_LIMIT.most;
  return good ? 0 : 1;
}

process.exitCode = main(Number(process.argv[2] ?? 5_000));
