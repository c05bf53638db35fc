import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors/user-error.ts';
import { packageOf, packagesOf, parseNpmLock } from '../../domain/image/npm-lock.ts';
import type { ImageContents } from '../../ports/image-contents.ts';

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

/** The packages that the program imports, found as its bundler finds them: from its entries along the imports. */
async function readImportedPackages(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new UserError({
      what: 'The sources of the server cannot be read',
      where: folder,
      expected: 'a folder of TypeScript files',
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Check out the repository before this step.',
      cause,
    });
  });
  // The entries of scripts/build.ts.
  const queue = entries
    .filter((file) => file === 'main.ts' || file.endsWith('-worker.ts'))
    .map((file) => path.join(folder, file));
  const seen = new Set(queue);
  const packages = new Set<string>();
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const specifier of importsOf((await tryRead(file)) ?? '')) {
      const target = path.resolve(path.dirname(file), specifier);
      if (!specifier.startsWith('.')) packages.add(packageOf(specifier));
      else if (target.endsWith('.ts') && !seen.has(target)) {
        seen.add(target);
        queue.push(target);
      }
    }
  }
  return [...packages].sort();
}

function importsOf(source: string): readonly string[] {
  const found = source.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire(?:\.resolve)?\()\s*'([^']+)'/g);
  return [...found].map(([, specifier = '']) => specifier).filter((specifier) => !specifier.startsWith('node:'));
}

async function tryRead(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}
