import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors/user-error.ts';
import type { Process } from '../../ports/process.ts';

/**
 * npm's bill of materials of the server, from the lock file: nothing has to be installed. Undefined where the repository
 * has no lock file, or no workspace `server`.
 *
 * @throws UserError when npm fails.
 */
export async function readNpmSbom(run: Process, root: string): Promise<string | undefined> {
  for (const file of ['package-lock.json', 'server/package.json']) {
    if ((await tryRead(path.join(root, file))) === undefined) return undefined;
  }
  // Without --omit dev, which leaves out every package that another workspace has as a development dependency.
  const argv = ['sbom', '--sbom-format', 'spdx', '--workspace', 'server', '--package-lock-only'];
  const { exitCode, stdout, stderr } = await run({ command: 'npm', argv, cwd: root });
  if (exitCode === 0) return stdout;
  throw new UserError({
    what: 'npm made no bill of materials of the server',
    where: `npm ${argv.join(' ')}`,
    expected: 'exit code 0',
    found: `exit code ${String(exitCode)}: ${stderr.trim().slice(-500)}`,
    remedy: 'Run `npm install` so that package-lock.json matches package.json and server/package.json, and commit it.',
  });
}

/** The base of an image, as a build argument or the Dockerfile names it; undefined where neither does. */
export async function readBaseImage(
  root: string,
  dockerfile: string,
  buildArguments: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const text = (await tryRead(path.join(root, dockerfile))) ?? '';
  return buildArguments['BASE'] ?? /^ARG BASE=(\S+)\s*$/m.exec(text)?.[1];
}

async function tryRead(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}
