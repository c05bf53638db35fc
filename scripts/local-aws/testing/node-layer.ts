import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import type { LayerEntry } from '../registry/push-image.ts';

/** A layer with this Node and the shared libraries it needs: enough of a system to run a server in a container. */
export function packNode(): readonly LayerEntry[] {
  const output = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  const libraries = [...output.matchAll(/(?<path>\/\S+\.so\S*)/g)].map((match) => match.groups?.['path'] ?? '');
  return [
    { path: 'usr/local/bin/node', content: readFileSync(process.execPath) },
    ...libraries.map((path) => ({ path: path.slice(1), content: readFileSync(realpathSync(path)) })),
  ];
}
