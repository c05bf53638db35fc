import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { parseEnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { renderPlanComment } from '../../actions/lib/domain/plan/comment.ts';
import { COMMENT_LIMIT } from '../../actions/lib/domain/text/size-budget.ts';
import { parsePlanJson } from '../../actions/lib/domain/plan/plan-json.ts';
import { summarisePlan } from '../../actions/lib/domain/plan/summarise.ts';
import { parseReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { startMoto } from '@sagemaker-gitops/local-aws/testing';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import {
  copyTerraform,
  environmentRun,
  initEnvironment,
  planEnvironment,
  removeTerraform,
  terraformOk,
} from '../testing/terraform-workspace.ts';
import { median, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atMost } from './claims.ts';
import { z } from 'zod';

const family: BenchFamily = {
  summary: 'a plan of 5,000 resource changes to a comment, and what reading a plan adds to terraform plan on preview',
  run,
};
export default family;

const root = path.join(import.meta.dirname, '../..');
const measured = z.object({
  planMegabytes: z.number(),
  characters: z.number(),
  milliseconds: z.number(),
  processorMilliseconds: z.number(),
  megabytes: z.number(),
});

async function run(context: BenchContext): Promise<readonly Claim[]> {
  return [...(await measureScale(context)), await measureShare(context)];
}

/** Each round in a process of its own, so that the memory is that of one plan. */
async function measureScale({ rounds, report }: BenchContext): Promise<readonly Claim[]> {
  const results: z.output<typeof measured>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { stdout } = await runProcess({
      command: process.execPath,
      argv: ['--import', './scripts/typescript.js', path.join(import.meta.dirname, 'plan-comment.ts')],
      cwd: root,
    });
    results.push(measured.parse(JSON.parse(stdout)));
  }
  const of = (pick: (result: z.output<typeof measured>) => number): number => median(results.map(pick));
  report(
    `5,000 resource changes, ${of(({ planMegabytes }) => planMegabytes).toFixed(1)} MB of JSON: ${of(({ milliseconds }) => milliseconds).toFixed(0)} ms, of which ${of(({ processorMilliseconds }) => processorMilliseconds).toFixed(0)} ms of processor time`,
  );
  return [
    atMost(
      'comment of 5,000 changes: time',
      of(({ milliseconds }) => milliseconds),
      2_000,
      'ms',
    ),
    atMost(
      'comment of 5,000 changes: most memory',
      of(({ megabytes }) => megabytes),
      400,
      'MB',
    ),
    atMost(
      'comment of 5,000 changes: characters',
      of(({ characters }) => characters),
      COMMENT_LIMIT.most,
      '',
    ),
  ];
}

async function measureShare({ rounds, report }: BenchContext): Promise<Claim> {
  const what = 'reading and rendering against terraform plan, preview';
  for (const tool of ['terraform', 'moto_server']) {
    const found = await runProcess({ command: tool, argv: ['--help'], cwd: root }).catch(() => undefined);
    if (found?.exitCode !== 0) return atMost(what, undefined, 10, '%');
  }
  const moto = await startMoto(VALID_ENVIRONMENT.region, VALID_ENVIRONMENT.account);
  const workspace = await copyTerraform(root);
  try {
    await writeSampleTeam(workspace);
    const preview = { root: workspace, environment: 'preview', awsEnvironment: moto.environment };
    await initEnvironment(preview);
    const planFile = path.join(workspace, 'bench.tfplan');
    const [plans, shows, readings]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      const { exitCode, stderr } = await planEnvironment(preview, [`-out=${planFile}`]);
      if (exitCode === 1) throw new Error(`terraform plan failed:\n${stderr}`);
      const planned = performance.now();
      const { stdout } = await terraformOk(environmentRun(preview), ['show', '-json', planFile]);
      const shown = performance.now();
      await read(workspace, stdout);
      plans.push(planned - started);
      shows.push(shown - planned);
      readings.push(performance.now() - shown);
    }
    const [plan, show, reading] = [median(plans), median(shows), median(readings)];
    report(
      `preview: terraform plan ${plan.toFixed(0)} ms, terraform show -json ${show.toFixed(0)} ms (Terraform's own), reading and rendering ${reading.toFixed(0)} ms`,
    );
    return atMost(what, (reading / plan) * 100, 10, '%');
  } finally {
    await removeTerraform(workspace);
    await moto.close();
  }
}

async function read(workspace: string, planText: string): Promise<void> {
  const file = async (name: string): Promise<{ path: string; text: string }> => ({
    path: name,
    text: await readFile(path.join(workspace, 'environments/preview', name), 'utf8'),
  });
  const environment = parseEnvironmentFile('preview', await file('environment.json'));
  const release = parseReleaseFile(await file('release.json'));
  const result = summarisePlan(parsePlanJson(planText), {
    environment,
    baseEnvironment: environment,
    release,
    baseRelease: release,
    isProduction: false,
    diagnostics: [],
    terraformFiles: [],
    sources: ['environments', 'modules'],
    rootModule: undefined,
  });
  const headSha = 'a'.repeat(40);
  const run = { id: 1, attempt: 1 };
  const origin = {
    headSha,
    baseSha: null,
    runId: 1,
    runAttempt: 1,
  } as const;
  const comment = renderPlanComment({
    origin,
    summaries: [
      {
        format: 1,
        environment: 'preview',
        promotionOrder: 2,
        headSha,
        baseSha: null,
        run,
        terraformVersion: null,
        result,
      },
    ],
    missing: [],
    notConfigured: [],
    reviews: [],
    missingReviews: [],
    acceptances: { kind: 'open' },
    links: { repositoryUrl: 'https://github.example/acme/models' },
  });
  if (!comment.includes('`preview`')) throw new Error('the comment says nothing of preview');
}
