import type { Configuration } from '../settings/configuration.ts';
import type { WarmUpReport } from '../runtime/warm-up.ts';

/** Where a model runs, and how many rows share a run. */
export interface Placement {
  readonly kind: 'inline' | 'workers';
  readonly maxBatchRows: number;
}

/** Longest run that batching may cause: on the event loop, where it delays all other requests, and in a worker thread. */
const inlineRunMilliseconds = 2;
const workerRunMilliseconds = 50;

/** Longer runs must save at least this factor for each row. */
const worthwhileGain = 1.15;
const batchRowsLimit = 1024;

/** Decides by the times of warm-up. A model without times goes to worker threads, where it cannot delay /ping. */
export function decidePlacement(
  report: WarmUpReport,
  configuration: Pick<Configuration, 'placement' | 'inlineLimitMilliseconds' | 'batching' | 'maxBatchRows'>,
): Placement {
  const { oneRowMilliseconds, batchedRowMilliseconds, timeDependsOnContent } = report;
  const isShort = oneRowMilliseconds !== undefined && oneRowMilliseconds <= configuration.inlineLimitMilliseconds;
  // One request could keep the event loop for as long as its content says.
  const measured = isShort && !timeDependsOnContent ? 'inline' : 'workers';
  const kind = configuration.placement === 'auto' ? measured : configuration.placement;
  return { kind, maxBatchRows: decideBatchRows() };

  function decideBatchRows(): number {
    if (!allowsBatching(report, configuration)) return 1;
    if (configuration.maxBatchRows !== 'auto') return configuration.maxBatchRows;
    if (oneRowMilliseconds === undefined || batchedRowMilliseconds === undefined) return 64;
    // Inline, an equal time for each row is enough: one run has the overhead of one.
    if (kind === 'workers' && oneRowMilliseconds / batchedRowMilliseconds < worthwhileGain) return 1;
    const budget = kind === 'inline' ? inlineRunMilliseconds : workerRunMilliseconds;
    return Math.max(1, Math.min(batchRowsLimit, Math.floor(budget / Math.max(batchedRowMilliseconds, 1e-4))));
  }
}

/** True if requests may share a run: warm-up has shown it, or BATCHING is on. */
export function allowsBatching(report: WarmUpReport, configuration: Pick<Configuration, 'batching'>): boolean {
  if (configuration.batching === 'off') return false;
  return configuration.batching === 'on' || report.batch.kind === 'agrees';
}
