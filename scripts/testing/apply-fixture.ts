import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startLocalAws } from '@sagemaker-gitops/local-aws';
import { startAction, type RunningAction } from './start-action.ts';
import { FAST_TERRAFORM } from './terraform-workspace.ts';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { createTerraform } from '../../actions/lib/adapters/terraform/cli.ts';
import { withPlanFile } from '../../actions/lib/adapters/terraform/plan-file.ts';
import { parseEnvironmentFile } from '../../actions/lib/domain/environment/environment.ts';
import { stateBucketName } from '../../actions/lib/domain/environment/names.ts';
import { digestOfMeaning, meaningOf, type PlanMeaning } from '../../actions/lib/domain/plan/meaning.ts';
import { planVisibility } from '../../actions/lib/domain/plan/summarise.ts';
import { readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { initialise, makePlan } from '../../actions/lib/operations/make-plan.ts';
import type { PlanRepository } from '../../actions/lib/testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';

/** terraform-apply beside a local AWS that has the ledger's bucket. */
export interface ApplyFixture {
  /** What a client of the local S3 needs. */
  readonly place: ReturnType<typeof placeAt>;
  /** Starts the action with a meaning as the one that was shown. */
  start(
    repository: PlanRepository,
    meaning: PlanMeaning,
    digest?: string,
    more?: { readonly inputs?: Record<string, string>; readonly environment?: Record<string, string> },
  ): RunningAction;
  close(): Promise<void>;
}

/** Starts a local AWS; the bucket is that of the repositories of `makePlanRepository`. */
export async function startApplyFixture(): Promise<ApplyFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'terraform-apply-'));
  const aws = await startLocalAws({ logDirectory: folder, region: 'eu-west-1', launcher: { kind: 'fake' } });
  const environment = parseEnvironmentFile('dev', { path: 'dev', text: JSON.stringify(VALID_ENVIRONMENT) });
  const place = placeAt(aws.url);
  const client = new S3Client(place);
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await client.send(new CreateBucketCommand({ Bucket: stateBucketName(environment), CreateBucketConfiguration }));
  client.destroy();
  return {
    place,
    start: (repository, meaning, digest = digestOfMeaning(meaning), more = {}) => {
      const file = path.join(repository.root, 'out.meaning.json');
      writeFileSync(file, JSON.stringify(meaning));
      return startAction(
        'terraform-apply',
        {
          ...{ environment: 'dev', 'working-directory': repository.root, 'backend-config': '' },
          ...{ 'meaning-file': file, 'meaning-digest': digest, 'lock-timeout-seconds': '0' },
          ...more.inputs,
        },
        { ...aws.environment, GITHUB_SHA: repository.git('rev-parse', 'HEAD'), ...more.environment },
      );
    },
    close: async () => {
      await aws.close();
      await rm(folder, { recursive: true });
    },
  };
}

function placeAt(endpoint: string) {
  return {
    ...{ region: 'eu-west-1', endpoint, forcePathStyle: true, maxAttempts: 3 },
    credentials: { accessKeyId: 'AKIALOCALAWS00000001', secretAccessKey: 'local' },
  };
}

/** The meaning that plan-deployment would show. */
export async function show(repository: PlanRepository): Promise<PlanMeaning> {
  const { environment, releaseFile } = await readEnvironmentFolder(repository.root, 'dev');
  return await withPlanFile(async ({ planFile, dataFolder }) => {
    const terraform = createTerraform({
      ...{ process: runProcess, folder: path.join(repository.root, 'environments/dev'), dataFolder },
      environment: { ...process.env, ...FAST_TERRAFORM },
      signal: new AbortController().signal,
      onMessage: () => undefined,
    });
    const initialised = await initialise(terraform, []);
    if (initialised.kind === 'failed') throw new Error('terraform init failed');
    const made = await makePlan(terraform, initialised, { planFile, lock: 'none' });
    if (made.kind === 'failed') throw new Error('terraform plan failed');
    return meaningOf(made.plan, releaseFile.live, planVisibility(made.plan, environment, releaseFile));
  });
}
