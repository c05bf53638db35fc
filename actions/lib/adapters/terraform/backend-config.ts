import { access } from 'node:fs/promises';
import path from 'node:path';
import { environmentFolder } from '../../domain/environment/base-files.ts';

/**
 * The backend settings that `terraform init` gets: the lines of the input (`KEY=VALUE`, or a file relative to the
 * environment's folder), else the folder's own `backend.hcl` where it has one.
 */
export async function readBackendConfig(root: string, environment: string, input: string): Promise<readonly string[]> {
  const lines = input
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length > 0) return lines;
  const found = await access(path.join(root, environmentFolder(environment), 'backend.hcl')).then(
    () => true,
    () => false,
  );
  return found ? ['backend.hcl'] : [];
}
