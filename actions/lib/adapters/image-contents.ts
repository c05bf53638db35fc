import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../domain/errors.ts';
import { packageOf, packagesOf, parseNpmLock } from '../domain/npm-lock.ts';
import type { ImageContents } from '../ports/image-contents.ts';

// server/Dockerfile copies these two packages as they are, and not what only their install scripts need.
const COPIED_ALONE: ReadonlySet<string> = new Set(['onnxruntime-node', 'onnxruntime-common']);

/**
 * Reads what an image is made of from the sources: what server/src imports, at the versions of package-lock.json, and the
 * base of the Dockerfile.
 *
 * @throws UserError when a file of these is not valid, or an import is not in the lock file.
 */
export async function readImageContents(
  root: string,
  dockerfile: string,
  buildArguments: Readonly<Record<string, string>>,
): Promise<ImageContents> {
  const [lock, text] = await Promise.all([
    tryRead(path.join(root, 'package-lock.json')),
    tryRead(path.join(root, dockerfile)),
  ]);
  return {
    baseImage: buildArguments['BASE'] ?? /^ARG BASE=(\S+)\s*$/m.exec(text ?? '')?.[1],
    packages:
      lock === undefined
        ? undefined
        : packagesOf(
            parseNpmLock({ path: 'package-lock.json', text: lock }),
            await readImportedPackages(path.join(root, 'server/src')),
            COPIED_ALONE,
          ),
  };
}

async function readImportedPackages(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new UserError({
      what: 'The sources of the server cannot be read',
      where: folder,
      expected: 'a folder of TypeScript files',
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Check out the repository before this step.',
      cause,
    });
  });
  const sources = entries.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = await Promise.all(sources.map(async (file) => await readFile(path.join(folder, file), 'utf8')));
  const specifiers = texts.flatMap((text) =>
    [...text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire(?:\.resolve)?\()\s*'([^'.][^']*)'/g)].map(
      ([, specifier = '']) => specifier,
    ),
  );
  return [...new Set(specifiers.filter((name) => !name.startsWith('node:')).map(packageOf))].sort();
}

async function tryRead(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}
