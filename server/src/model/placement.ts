import type { Configuration } from '../settings/configuration.ts';
import type { WarmUpReport } from '../runtime/warm-up.ts';

/** Where a model's runs are made and how many rows share one. */
export interface Placement {
  readonly kind: 'inline' | 'workers';
  readonly maxBatchRows: number;
}

/** Longest run that batching may cause: on the event loop, where it holds everything up, and in a worker thread. */
const inlineRunMilliseconds = 2;
const workerRunMilliseconds = 50;

/** Batching must save this much a row to be worth the longer runs it makes. */
const worthwhileGain = 1.15;
const batchRowsLimit = 1024;

/** Decides by what warm-up measured. A model that could not be timed goes to worker threads, where it can do no harm. */
export function decidePlacement(
  report: WarmUpReport,
  configuration: Pick<Configuration, 'placement' | 'inlineLimitMilliseconds' | 'batching' | 'maxBatchRows'>,
): Placement {
  const { oneRowMilliseconds, batchedRowMilliseconds } = report;
  const measured =
    oneRowMilliseconds !== undefined && oneRowMilliseconds <= configuration.inlineLimitMilliseconds
      ? 'inline'
      : 'workers';
  const kind = configuration.placement === 'auto' ? measured : configuration.placement;
  return { kind, maxBatchRows: decideBatchRows() };

  function decideBatchRows(): number {
    if (!allowsBatching(report, configuration)) return 1;
    if (configuration.maxBatchRows !== 'auto') return configuration.maxBatchRows;
    if (oneRowMilliseconds === undefined || batchedRowMilliseconds === undefined) return 64;
    // Inline, even an equal cost pays: one run spares the overhead of many.
    if (kind === 'workers' && oneRowMilliseconds / batchedRowMilliseconds < worthwhileGain) return 1;
    const budget = kind === 'inline' ? inlineRunMilliseconds : workerRunMilliseconds;
    return Math.max(1, Math.min(batchRowsLimit, Math.floor(budget / Math.max(batchedRowMilliseconds, 1e-4))));
  }
}

/** Whether requests may be joined: proven, or vouched for by the operator. */
export function allowsBatching(report: WarmUpReport, configuration: Pick<Configuration, 'batching'>): boolean {
  if (configuration.batching === 'off') return false;
  return configuration.batching === 'on' || report.batch.kind === 'agrees';
}
