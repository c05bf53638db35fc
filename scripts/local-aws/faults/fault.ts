import { z } from 'zod';

/** The calls of a fault; default all. */
const callFilter = {
  service: z.string().optional(),
  operation: z.string().optional(),
  accessKeyId: z.string().optional(),
  /** Share of the matching calls, 0 to 1; default 1. */
  share: z.number().min(0).max(1).optional(),
  /** Maximum number of calls; default unlimited. */
  times: z.number().int().positive().optional(),
};

const endpointFilter = {
  endpointName: z.string().optional(),
  times: z.number().int().positive().optional(),
};

/** An injected fault: from a test, or as JSON of POST /_local/faults. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The call returns an error and has no effect: throttling, expired credentials, a 5xx. */
  z.strictObject({
    kind: z.literal('api-error'),
    ...callFilter,
    code: z.string(),
    message: z.string().optional(),
    status: z.number().int().min(400).max(599).optional(),
  }),
  /** The connection is reset before the call takes effect, or after it and before the response. */
  z.strictObject({ kind: z.literal('connection-reset'), ...callFilter, when: z.enum(['before', 'after']).optional() }),
  /** The response is delayed, in real milliseconds. */
  z.strictObject({ kind: z.literal('delay'), ...callFilter, milliseconds: z.number().min(0) }),
  /** Models, configs and endpoints are not found for this many emulated milliseconds after their creation. */
  z.strictObject({ kind: z.literal('stale-reads'), milliseconds: z.number().min(0) }),
  /** Launches fail with this FailureReason: capacity, permissions or another. */
  z.strictObject({
    kind: z.literal('launch-failure'),
    ...endpointFilter,
    configName: z.string().optional(),
    variantName: z.string().optional(),
    /** Only the first instances of a fleet, or only those that follow when some run already; default both. */
    launch: z.enum(['first', 'following']).optional(),
    reason: z.string(),
  }),
  /** Instances of a fleet run another image of the same repository, while SageMaker names the one of the model. */
  z.strictObject({
    kind: z.literal('other-image'),
    ...endpointFilter,
    configName: z.string().optional(),
    digest: z.string(),
  }),
  /** An update is rolled back in a bake without an alarm or a container failure; `reason` null hides the reason. */
  z.strictObject({
    kind: z.literal('bake-failure'),
    ...endpointFilter,
    bake: z.enum(['first', 'last']),
    reason: z.string().nullable(),
  }),
  /** The rollback of a failed update fails too: UpdateRollbackFailed with both fleets. */
  z.strictObject({ kind: z.literal('rollback-failure'), ...endpointFilter, reason: z.string() }),
  /** Rolled-back updates have no FailureReason. */
  z.strictObject({ kind: z.literal('hidden-failure-reason'), ...endpointFilter }),
  /** DescribeEndpoint leaves PendingDeploymentSummary out while an endpoint is updated: as many times as it says. */
  z.strictObject({ kind: z.literal('late-summary'), ...endpointFilter }),
  /** DescribeEndpoint answers as it did the time before. */
  z.strictObject({ kind: z.literal('stale-look'), ...endpointFilter }),
]);

export type Fault = z.infer<typeof faultSchema>;

type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;

/** The active faults. */
export interface FaultControl {
  /** Activates a fault; returns a function that removes it. */
  inject(fault: Fault): () => void;
  /** Active faults, without used-up ones. */
  list(): readonly Fault[];
  clear(): void;
}

/** The active faults, as the emulated services use them. */
export interface FaultRegistry extends FaultControl {
  /** The first matching fault of a kind; counts one use. */
  take<Kind extends Fault['kind']>(kind: Kind, matches: (fault: FaultOf<Kind>) => boolean): FaultOf<Kind> | undefined;
}

/** An empty fault registry; `random` decides about shares. */
export function createFaultRegistry(random: () => number): FaultRegistry {
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
