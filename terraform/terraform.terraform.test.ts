import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEnvironmentFiles } from '../scripts/generate/environment-files.ts';
import { TEAM_ENVIRONMENTS, TERRAFORM_ENVIRONMENTS } from '../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../scripts/testing/sample-team/write.ts';
import {
  copyTerraform,
  removeChecksums,
  removeTerraform,
  terraform,
  terraformOk,
  writeEnvironment,
} from '../scripts/testing/terraform-workspace.ts';
import { describeWithTool } from '../scripts/testing/tools.ts';

const repositoryRoot = path.join(import.meta.dirname, '..');
const environments = TERRAFORM_ENVIRONMENTS.map((name) => `environments/${name}`);
const folders = await listFolders();
const LOCK_FILE = '.terraform.lock.hcl';
const INIT = ['init', '-backend=false', '-input=false', '-no-color'];

describeWithTool('terraform', 'the Terraform files', () => {
  let root: string;

  beforeAll(async () => {
    root = await copyTerraform(repositoryRoot);
    await writeSampleTeam(root);
    for (const folder of environments) await copyTemplateTests(root, folder);
  });

  afterAll(async () => {
    await removeTerraform(root);
  });

  const run = (folder: string) => ({ root, folder, awsEnvironment: {} });

  it('are formatted', async () => {
    const { stdout } = await terraform(run('terraform'), ['fmt', '-check', '-recursive', '-no-color']);
    expect(stdout.trim()).toBe('');
  });

  it('lock the checksums of the provider', { timeout: 60_000 }, async () => {
    const folder = 'terraform/locked';
    for (const file of ['versions.tf', LOCK_FILE])
      await cp(path.join(repositoryRoot, 'terraform/bootstrap', file), path.join(root, folder, file));
    const { stdout } = await terraformOk(run(folder), [...INIT, '-lockfile=readonly']);
    expect(stdout).not.toContain('Warning');
  });

  describe.each(folders)('of %s', (folder) => {
    // Modules have no lock file: whoever uses them locks.
    const isModule = folder.startsWith('terraform/modules/');

    it('initialise with the locked providers and validate', { timeout: 120_000 }, async () => {
      await terraformOk(run(folder), [...INIT, ...(isModule ? [] : ['-lockfile=readonly'])]);
      const lockFile = path.join(root, folder, LOCK_FILE);
      if (isModule && existsSync(lockFile)) await removeChecksums(lockFile);
      const { stdout } = await terraformOk(run(folder), ['validate', '-json']);
      expect(JSON.parse(stdout)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
    });

    it('pass terraform test', { timeout: 600_000 }, async () => {
      const { stdout } = await terraformOk(run(folder), ['test', '-no-color']);
      expect(stdout).toMatch(/Success! [1-9]\d* passed, 0 failed\./);
    });
  });

  it('make one more environment of a copied folder and one edited JSON file', { timeout: 180_000 }, async () => {
    const folder = 'environments/qa';
    await cp(path.join(root, 'environments/preview'), path.join(root, folder), { recursive: true });
    await copyTemplateTests(root, folder);
    await writeEnvironment(root, 'qa', {
      environment: { ...TEAM_ENVIRONMENTS.preview, promotionOrder: 4, region: 'eu-north-1' },
    });
    await terraformOk(run(folder), [...INIT, '-lockfile=readonly']);

    const refused = await terraform(run(folder), ['test', '-no-color']);
    expect(refused.exitCode).toBe(1);
    expect((refused.stdout + refused.stderr).replaceAll(/\s+/g, ' ')).toContain(
      'environments/qa/backend.hcl names the state of another environment.',
    );

    for (const { path: name, text } of await generateEnvironmentFiles(root))
      await writeFile(path.join(root, name), text);
    expect(await readFile(path.join(root, folder, 'backend.hcl'), 'utf8')).toContain('scoring/qa/terraform.tfstate');
    const { stdout } = await terraformOk(run(folder), ['test', '-no-color']);
    expect(stdout).toContain('2 passed, 0 failed');
  });
});

/** Gives an environment the tests of the template, which its folder does not keep. */
async function copyTemplateTests(root: string, folder: string): Promise<void> {
  await cp(path.join(root, 'terraform/environment/tests'), path.join(root, folder, 'tests'), {
    recursive: true,
  });
}

async function listFolders(): Promise<readonly string[]> {
  const modules = await readdir(path.join(repositoryRoot, 'terraform/modules'), { withFileTypes: true });
  return [
    'terraform/bootstrap',
    ...modules.filter((entry) => entry.isDirectory()).map(({ name }) => `terraform/modules/${name}`),
    ...environments,
  ];
}
