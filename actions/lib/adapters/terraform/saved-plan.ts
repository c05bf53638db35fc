import { readFile } from 'node:fs/promises';
import { strFromU8, unzipSync, type Unzipped } from 'fflate';
import { z } from 'zod';
import type { StateIdentity } from '../../ports/terraform.ts';

// A saved plan is a zip archive. Its member `tfstate` is the refreshed state, with the lineage and serial of the one that
// Terraform compares it with the state before it applies; `tfplan` is a protocol buffer whose field 21 is the time it was made
// (Terraform's source: internal/plans/planfile, internal/plans/planproto/planfile.proto, internal/backend/local).
const STATE_MEMBER = 'tfstate';
const PLAN_MEMBER = 'tfplan';
const TIMESTAMP_FIELD = 21;
const stateJson = z.looseObject({ lineage: z.string(), serial: z.int() });

/**
 * The state that a saved plan was made against: null where there was none yet, `unreadable` where the file is not one that
 * this version knows how to read.
 */
export async function readPlannedState(planFile: string): Promise<StateIdentity | null | 'unreadable'> {
  const members = await tryReadMembers(planFile);
  const parsed = stateJson.safeParse(tryParse(members?.[STATE_MEMBER]));
  if (!parsed.success) return 'unreadable';
  const { lineage, serial } = parsed.data;
  // A state that doesn't exist has no lineage before its first apply.
  return lineage === '' ? null : { lineage, serial };
}

/**
 * Whether two saved plans hold the same changes, state and configuration to the byte, whenever they were made. False also
 * where that can't be told.
 */
export async function isSamePlan(leftFile: string, rightFile: string): Promise<boolean> {
  const [left, right] = await Promise.all([comparableMembers(leftFile), comparableMembers(rightFile)]);
  if (left === undefined || right === undefined || left.size !== right.size) return false;
  return [...left].every(([name, content]) => right.get(name)?.equals(content) === true);
}

async function comparableMembers(planFile: string): Promise<ReadonlyMap<string, Buffer> | undefined> {
  const members = await tryReadMembers(planFile);
  const plan = members?.[PLAN_MEMBER];
  const fields = plan === undefined ? undefined : splitFields(plan);
  if (members === undefined || fields === undefined) return undefined;
  // Terraform writes equal fields (one for each resource) in any order.
  const lasting = fields
    .filter(({ number }) => number !== TIMESTAMP_FIELD)
    .map(({ bytes }) => bytes)
    .sort((a, b) => Buffer.compare(a, b));
  const compared = Object.entries({ ...members, [PLAN_MEMBER]: Buffer.concat(lasting) });
  return new Map(compared.map(([name, bytes]) => [name, Buffer.from(bytes)]));
}

async function tryReadMembers(planFile: string): Promise<Unzipped | undefined> {
  const archive = await readFile(planFile);
  try {
    return unzipSync(archive);
  } catch {
    // The file holds secrets, which an error might quote.
    return undefined;
  }
}

function tryParse(member: Uint8Array | undefined): unknown {
  try {
    return member === undefined ? undefined : JSON.parse(strFromU8(member));
  } catch {
    return undefined;
  }
}

interface Field {
  readonly number: number;
  /** The whole field, its tag included. */
  readonly bytes: Buffer;
}

/** The top-level fields of a protocol buffer, or undefined where the bytes are none: https://protobuf.dev/programming-guides/encoding/ */
function splitFields(message: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? Number.NaN;
      value += (byte & 127) * scale;
      if (!(byte >= 128)) return Number.isNaN(byte) ? Number.NaN : value;
    }
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) {
      const length = varint();
      at += length;
    } else if (wireType === 5) at += 4;
    else return undefined;
    if (!(at <= message.length)) return undefined;
    fields.push({ number: Math.floor(tag / 8), bytes: Buffer.from(message.subarray(start, at)) });
  }
  return fields;
}
