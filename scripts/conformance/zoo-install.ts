import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import type { ZooPackage } from './zoo-models.ts';

/**
 * Unpacks a package into a folder, without its dependencies and scripts, and returns where its files are.
 * @throws Error if npm does not give it, or gives other bytes
 */
export async function installPackage(
  { package: name, version, integrity }: ZooPackage,
  folder: string,
): Promise<string> {
  const target = path.join(folder, name.replaceAll('/', '+'));
  await mkdir(target, { recursive: true });
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', target, `${name}@${version}`]);
  const tarball = path.join(target, packed.trim().split('\n').at(-1) ?? '');
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (`sha512-${digest}` !== integrity) {
    throw new Error(
      `${name}@${version} has integrity sha512-${digest}, expected ${integrity}; correct models.json if that is meant`,
    );
  }
  await run('tar', ['-xzf', tarball, '-C', target]);
  return path.join(target, 'package');
}

async function run(command: string, argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess({ command, argv: [...argv], cwd: process.cwd() });
  if (exitCode !== 0)
    throw new Error(`${command} ${argv.join(' ')} ended with exit code ${exitCode}: ${stderr.trim()}`);
  return stdout;
}
