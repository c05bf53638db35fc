import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build.ts';

/** The lab: proofs and measurements beyond the product's tests. A fork may delete each of these folders, or all. */
export const LAB_PARTS: readonly string[] = [
  'scripts/rehearse',
  'scripts/bench',
  'scripts/conformance',
  'scripts/proof',
  'scripts/forks',
  'server/proof',
];

/** The part of the lab that a path belongs to and that this checkout doesn't have; undefined for any other path. */
export function removedPartOf(file: string): string | undefined {
  const part = LAB_PARTS.find((folder) => file === folder || file.startsWith(`${folder}/`));
  return part === undefined || existsSync(path.join(ROOT, part)) ? undefined : part;
}
