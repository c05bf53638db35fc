import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { releaseIdOf, type ReleaseSpec } from '../../actions/lib/domain/release/release.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { generateEnvironmentFiles } from '../generate/environment-files.ts';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { createClients, createRepository, pushEchoImage, startMoto } from '@sagemaker-gitops/local-aws/testing';
import {
  applyEnvironment,
  copyTerraform,
  initEnvironment,
  planEnvironment,
  removeTerraform,
  writeEnvironment,
  type EnvironmentRun,
} from '../testing/terraform-workspace.ts';
import { median, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atMost } from './claims.ts';

const family: BenchFamily = {
  summary: 'terraform plan of an environment with 3 retained releases, and with 50',
  run,
};
export default family;

const FEW = 3;
const MANY = 50;
const root = path.join(import.meta.dirname, '../..');
const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };

async function run({ rounds, scratchDirectory, report }: BenchContext): Promise<readonly Claim[]> {
  const { region, account } = VALID_ENVIRONMENT;
  const moto = await startMoto(region, account);
  const aws = await startLocalAws({
    logDirectory: scratchDirectory,
    launcher: 'process',
    motoUrl: moto.url,
    region,
    accountId: account,
    acceleration: 60,
  });
  const roots: string[] = [];
  try {
    const image = await pushImage(aws);
    const runs: EnvironmentRun[] = [];
    for (const count of [FEW, MANY]) {
      const workspace = await copyTerraform(root);
      roots.push(workspace);
      const environmentRun = { root: workspace, environment: 'dev', awsEnvironment: aws.environment };
      await declareReleases(workspace, `plan-time-${String(count)}`, image, count);
      await initEnvironment(environmentRun);
      const { secondPlanExitCode } = await applyEnvironment(environmentRun);
      if (secondPlanExitCode !== 0)
        throw new Error(`the plan of ${String(count)} releases has changes after its apply`);
      runs.push(environmentRun);
    }
    const seconds: number[][] = runs.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, environmentRun] of runs.entries()) seconds[index]?.push(await timePlan(environmentRun));
    }
    const [few = Number.NaN, many = Number.NaN] = seconds.map(median);
    report(`${String(FEW)} releases: ${few.toFixed(1)} s; ${String(MANY)} releases: ${many.toFixed(1)} s`);
    return [atMost(`terraform plan with ${String(MANY)} releases against ${String(FEW)}`, many / few, 3)];
  } finally {
    for (const workspace of roots) await removeTerraform(workspace);
    await aws.close();
    await moto.close();
  }
}

async function pushImage(aws: LocalAws): Promise<string> {
  const access = await createRepository(createClients(aws), aws.url, 'plan-time');
  return `127.0.0.1:${String(aws.port)}/plan-time@${await pushEchoImage(access, 'plan-time', 'v1')}`;
}

/** An environment `dev` of a service of its own, whose state is then a key of its own. */
async function declareReleases(workspace: string, service: string, image: string, count: number): Promise<void> {
  const specs = Array.from({ length: count }, (_, index): ReleaseSpec => ({
    image,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 1,
    environment: { VERSION: String(index) },
    startupTimeoutSeconds: 300,
  }));
  const [live] = specs;
  if (live === undefined) throw new Error('an environment without releases has nothing to measure');
  await writeEnvironment(workspace, 'dev', {
    environment: { ...VALID_ENVIRONMENT, service },
    release: {
      live: releaseIdOf(live),
      releases: Object.fromEntries(specs.map((spec) => [releaseIdOf(spec), { spec, source }])),
    },
  });
  await writeBackend(workspace);
}

async function writeBackend(workspace: string): Promise<void> {
  for (const file of await generateEnvironmentFiles(workspace)) {
    await writeFile(path.join(workspace, file.path), file.text);
  }
}

async function timePlan(environmentRun: EnvironmentRun): Promise<number> {
  const start = performance.now();
  const { exitCode, stderr } = await planEnvironment(environmentRun);
  if (exitCode !== 0) throw new Error(`terraform plan ended with exit code ${String(exitCode)}:\n${stderr}`);
  return (performance.now() - start) / 1000;
}
