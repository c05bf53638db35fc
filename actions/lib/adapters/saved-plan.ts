import { readFile } from 'node:fs/promises';
import { strFromU8, unzipSync } from 'fflate';
import { z } from 'zod';
import type { StateIdentity } from '../ports/terraform.ts';

// A saved plan is a zip archive; its member `tfstate` is the refreshed state, with the lineage and serial of the one that
// Terraform holds it against before it applies (internal/plans/planfile and internal/backend/local in Terraform's source).
const STATE_MEMBER = 'tfstate';
const stateJson = z.looseObject({ lineage: z.string(), serial: z.int() });

/**
 * The state that a saved plan was made against: null where there was none yet, `unreadable` where the file is not one that
 * this version knows how to read.
 */
export async function readPlannedState(planFile: string): Promise<StateIdentity | null | 'unreadable'> {
  const parsed = stateJson.safeParse(tryReadMember(await readFile(planFile)));
  if (!parsed.success) return 'unreadable';
  const { lineage, serial } = parsed.data;
  // A state that doesn't exist has no lineage before its first apply.
  return lineage === '' ? null : { lineage, serial };
}

function tryReadMember(archive: Uint8Array): unknown {
  try {
    const member = unzipSync(archive, { filter: ({ name }) => name === STATE_MEMBER })[STATE_MEMBER];
    return member === undefined ? undefined : JSON.parse(strFromU8(member));
  } catch {
    // The file holds secrets, which an error might quote.
    return undefined;
  }
}
