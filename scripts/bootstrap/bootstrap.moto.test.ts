import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProcess } from '../../actions/lib/adapters/process.ts';
import { startMoto, type Moto } from '../testing/moto.ts';
import { copyTerraform, removeTerraform } from '../testing/terraform-workspace.ts';
import { describeWithTool } from '../testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '../..');

describeWithTool(['terraform', 'moto'], 'npm run bootstrap', () => {
  let moto: Moto;
  let root: string;

  beforeAll(async () => {
    moto = await startMoto();
    root = await copyTerraform(repositoryRoot);
  });

  afterAll(async () => {
    await moto.close();
    await removeTerraform(root);
  });

  const bootstrap = async (...argv: string[]) =>
    await runProcess({
      command: process.execPath,
      argv: ['--import', 'tsx', path.join(import.meta.dirname, 'main.ts'), '--root', root, ...argv],
      cwd: repositoryRoot,
      environment: {
        ...process.env,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...moto.environment,
      },
    });

  it('wants a confirmation that nobody can give, and changes nothing', { timeout: 120_000 }, async () => {
    const result = await bootstrap('--github', 'acme/models', '--network', '10.1.0.0/20');
    expect(result.stderr).toContain('Nobody is there to confirm the plan');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain('Plan: ');
  });

  it('makes everything, and moves its state into the bucket it has made', { timeout: 300_000 }, async () => {
    const result = await bootstrap('--yes');
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('this is the first run');
    expect(result.stdout).toContain('Account 123456789012 is set up.');
    expect(result.stdout).toContain('arn:aws:iam::123456789012:role/onnx-inference-production-deploy');
    const files = await readdir(path.join(root, 'terraform/bootstrap'));
    expect(files.filter((file) => /tfstate|tfplan|override/.test(file))).toEqual([]);
    const settings: unknown = JSON.parse(
      await readFile(path.join(root, 'terraform/bootstrap/accounts/123456789012.tfvars.json'), 'utf8'),
    );
    expect(settings).toMatchObject({ github: { owner: 'acme', repository: 'models' } });
  });

  it('finds nothing to do the second time', { timeout: 120_000 }, async () => {
    const result = await bootstrap();
    expect(result.stdout).toContain('No changes.');
    expect(result.stdout).toContain('Account 123456789012 is as it should be.');
    expect(result.exitCode).toBe(0);
  });
});
