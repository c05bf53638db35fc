import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build.ts';

/** The folders that a fork may delete, each alone or all together; nothing outside them imports them. */
export const LAB_PARTS = ['scripts/rehearse', 'scripts/bench', 'scripts/conformance', 'server/proof'] as const;

/** The part of the lab that a path belongs to and that this checkout doesn't have; undefined for any other path. */
export function removedPartOf(file: string): string | undefined {
  const part = LAB_PARTS.find((folder) => file === folder || file.startsWith(`${folder}/`));
  return part === undefined || existsSync(path.join(ROOT, part)) ? undefined : part;
}
