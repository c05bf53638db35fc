import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * Puts a program `terraform` that stands for Terraform into a folder, bundled, so that it starts fast.
 *
 * @param stateFolder where it keeps its states, in place of a bucket
 */
export async function installStandInTerraform(folder: string, stateFolder: string): Promise<void> {
  const bundle = path.join(folder, 'lib');
  await mkdir(bundle, { recursive: true });
  await build({
    entryPoints: [path.join(import.meta.dirname, 'main.ts')],
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import'],
    logLevel: 'warning',
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
  const program = path.join(folder, 'terraform');
  const argv = [process.execPath, path.join(bundle, 'main.mjs'), `--state-folder=${stateFolder}`];
  await writeFile(program, `#!/bin/sh\nexec ${argv.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(program, 0o755);
}
