import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

/**
 * Puts a stand-in for a program into a folder, bundled, so that it starts fast.
 *
 * @param argv that come before those that the stand-in is called with
 */
export async function installProgram(
  folder: string,
  program: 'docker' | 'terraform',
  argv: readonly string[],
): Promise<void> {
  const bundle = path.join(folder, 'lib');
  await mkdir(bundle, { recursive: true });
  await build({
    entryPoints: [path.join(import.meta.dirname, '..', `stand-in-${program}`, 'main.ts')],
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
  const file = path.join(folder, program);
  const words = [process.execPath, path.join(bundle, 'main.mjs'), ...argv];
  await writeFile(file, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(file, 0o755);
}
