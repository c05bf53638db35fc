import { z } from 'zod';

/** Which calls a fault befalls: all where nothing is named. */
const callFilter = {
  service: z.string().optional(),
  operation: z.string().optional(),
  accessKeyId: z.string().optional(),
  /** Share of the matching calls, 0 to 1; default 1. */
  share: z.number().min(0).max(1).optional(),
  /** How many calls at most; default without end. */
  times: z.number().int().positive().optional(),
};

const endpointFilter = {
  endpointName: z.string().optional(),
  times: z.number().int().positive().optional(),
};

/** A fault as it is injected: from a test, or as JSON by POST /_local/faults. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The call is answered with an error and has no effect: throttling, expired credentials, a 5xx. */
  z.strictObject({
    kind: z.literal('api-error'),
    ...callFilter,
    code: z.string(),
    message: z.string().optional(),
    status: z.number().int().min(400).max(599).optional(),
  }),
  /** The connection breaks before the call takes effect, or after it did and before the answer. */
  z.strictObject({ kind: z.literal('connection-reset'), ...callFilter, when: z.enum(['before', 'after']).optional() }),
  /** The answer comes late, by real milliseconds. */
  z.strictObject({ kind: z.literal('delay'), ...callFilter, milliseconds: z.number().min(0) }),
  /** Models, configs and endpoints are not found for this many emulated milliseconds after their creation. */
  z.strictObject({ kind: z.literal('stale-reads'), milliseconds: z.number().min(0) }),
  /** Instances cannot be launched: capacity, permissions, anything with this FailureReason. */
  z.strictObject({
    kind: z.literal('launch-failure'),
    ...endpointFilter,
    configName: z.string().optional(),
    variantName: z.string().optional(),
    reason: z.string(),
  }),
  /** An update is rolled back in a bake though no alarm and no container asked for it; `reason` null hides why. */
  z.strictObject({
    kind: z.literal('bake-failure'),
    ...endpointFilter,
    bake: z.enum(['first', 'last']),
    reason: z.string().nullable(),
  }),
  /** A failed update cannot be rolled back either: UpdateRollbackFailed with a mix of both fleets. */
  z.strictObject({ kind: z.literal('rollback-failure'), ...endpointFilter, reason: z.string() }),
  /** Updates that are rolled back leave no FailureReason. */
  z.strictObject({ kind: z.literal('hidden-failure-reason'), ...endpointFilter }),
]);

export type Fault = z.infer<typeof faultSchema>;

type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** The faults in force. */
export interface FaultControl {
  /** Puts a fault in force and answers how to take it back. */
  inject(fault: Fault): () => void;
  /** Faults in force, those used up left out. */
  list(): readonly Fault[];
  clear(): void;
}

/** Faults in force, with the way for the emulated services to meet them. */
export interface FaultBook extends FaultControl {
  /** The first fault of a kind that matches, one use of it taken. */
  take<Kind extends Fault['kind']>(kind: Kind, matches: (fault: FaultOf<Kind>) => boolean): FaultOf<Kind> | undefined;
}

/** An empty book of faults; `random` decides about shares. */
export function createFaultBook(random: () => number): FaultBook {
  const entries: { readonly fault: Fault; left: number }[] = [];
  const remove = (entry: (typeof entries)[number]) => {
    const index = entries.indexOf(entry);
    if (index !== -1) entries.splice(index, 1);
  };
  return {
    inject(fault) {
      const entry = { fault, left: 'times' in fault ? (fault.times ?? Infinity) : Infinity };
      entries.push(entry);
      return () => {
        remove(entry);
      };
    },
    list: () => entries.map(({ fault }) => fault),
    clear: () => {
      entries.length = 0;
    },
    take(kind, matches) {
      for (const entry of entries) {
        if (!isKind(entry.fault, kind) || !matches(entry.fault)) continue;
        const share = 'share' in entry.fault ? (entry.fault.share ?? 1) : 1;
        if (share < 1 && random() >= share) continue;
        entry.left -= 1;
        if (entry.left === 0) remove(entry);
        return entry.fault;
      }
      return undefined;
    },
  };
}

const isKind = <Kind extends Fault['kind']>(fault: Fault, kind: Kind): fault is FaultOf<Kind> => fault.kind === kind;
