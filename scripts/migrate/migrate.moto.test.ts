import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { startTerraformAws, type TerraformAws } from '../testing/terraform-aws.ts';
import { applyEnvironment, initEnvironment, readPlan, type EnvironmentRun } from '../testing/terraform-workspace.ts';
import { describeWithTool } from '../testing/tools.ts';
import { migrate } from './migrate.ts';
import { ENVIRONMENT, writeVersion1 } from './testing/write-version-1.ts';

const { account, region } = VALID_ENVIRONMENT;
// A key of its own would cost 12 seconds: the provider waits for its rotation.
const kmsKeyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;

describeWithTool(['terraform', 'moto'], 'a fork of version 1 with three releases', () => {
  let local: TerraformAws;
  let root: string;
  let run: EnvironmentRun;

  beforeAll(async () => {
    local = await startTerraformAws({ accountId: account, region });
    root = await mkdtemp(path.join(tmpdir(), 'migrate-terraform-'));
    await cp(path.join(import.meta.dirname, '../../terraform'), path.join(root, 'terraform'), {
      recursive: true,
      filter: (source) => path.basename(source) !== '.terraform',
    });
    const spec = await local.pushRelease();
    const specs = ['info', 'warn', 'debug'].map((level) => ({ ...spec, environment: { LOG_LEVEL: level } }));
    await writeVersion1(root, specs, { kmsKeyArn });
    run = { root, environment: ENVIRONMENT, awsEnvironment: local.aws.environment };
  });
  afterAll(async () => {
    await local.close();
    await rm(root, { recursive: true, force: true });
  });

  it('plans no change after it is migrated', { timeout: 180_000 }, async () => {
    await initEnvironment(run);
    await applyEnvironment(run);
    await migrate(root);
    await initEnvironment(run);
    expect((await readPlan(run)).changes).toEqual([]);
  });
});
