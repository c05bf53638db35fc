import type { GraphFacts } from '../onnx/rows/graph-facts.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import { sliceRows, type Tensor } from '../tensor/tensor.ts';
import { joinRows, proveBatching, type BatchVerdict } from './batch-proof.ts';
import type { Session } from './session.ts';
import { openDimensionCandidates, synthesizeInputs, syntheticBytes } from './synthetic-inputs.ts';
import { makeTrialRows, type TrialRow } from './trial-rows.ts';

/** The result of warm-up. Times are medians of milliseconds. */
export interface WarmUpReport {
  /** The source of the inputs; none: the model ran on no generated input. */
  readonly inputs: 'example' | 'synthetic' | 'none';
  readonly oneRowMilliseconds: number | undefined;
  /** Elements of the inputs of this row. */
  readonly oneRowElements: number;
  /** Milliseconds for each row when several rows run together. */
  readonly batchedRowMilliseconds: number | undefined;
  /** True if the content of a request may decide how long its run takes. */
  readonly timeDependsOnContent: boolean;
  readonly batch: BatchVerdict;
}

export interface WarmUpOptions {
  readonly tolerance: number;
  /** Inputs from signature.json, one tensor per model input, with at least one row. */
  readonly example: readonly Tensor[] | undefined;
  readonly graph: GraphFacts;
  /** False: skip the test for batching, as the configuration decides. */
  readonly prove: boolean;
  /** A slower model is not tested for batching here: its warm-up is repeated in a worker thread. */
  readonly proveUpToMilliseconds: number;
  readonly now: () => number;
}

/** Bounds of warm-up: bytes of generated inputs of one row, and milliseconds after which no further size is tried. */
const largestTrialBytes = 16 * 1024 * 1024;
const trialsMilliseconds = 5000;
const proofMilliseconds = 2000;

/** Most different rows of the example, or generated ones, that a proof starts from. */
const mostBases = 4;

/** Runs a model until it is warm, measures it, and tests whether its rows can share a run. */
export function warmUp(session: Session, options: WarmUpOptions): WarmUpReport {
  const { graph, now } = options;
  const found = findInputs(session, options);
  if (found === undefined)
    return notWarmedUp('the model ran on no generated inputs; give an example in signature.json');
  const { source, bases } = found;
  const oneRowMilliseconds = time(session, bases[0], now);
  const report = (batch: BatchVerdict): WarmUpReport => ({
    inputs: source,
    oneRowMilliseconds,
    oneRowElements: bases[0].reduce((sum, { data }) => sum + data.length, 0),
    batchedRowMilliseconds: undefined,
    timeDependsOnContent: graph.timeDependsOnContent,
    batch,
  });
  const refused = (reason: string): WarmUpReport => report({ kind: 'refused', reason });
  const obstacle = batchObstacle(session);
  if (obstacle !== undefined) return refused(obstacle);
  if (!options.prove) return refused('batching is switched off');
  if (graph.batchObstacle !== undefined) return refused(graph.batchObstacle);
  if (oneRowMilliseconds > options.proveUpToMilliseconds)
    return refused('not tested: the model is too slow to run on the event loop');
  const rows = makeTrialRows(bases, graph.dividesIntegers);
  const batch = proveBatching(session, rows, {
    tolerance: options.tolerance,
    budgetMilliseconds: proofMilliseconds,
    oneRowMilliseconds,
  });
  if (batch.kind === 'refused') return report(batch);
  const together = joinRows(Array.from({ length: batch.rowsTried }, (_, row) => bases[row % bases.length] ?? bases[0]));
  return { ...report(batch), batchedRowMilliseconds: time(session, together, now) / batch.rowsTried };
}

/** The report of a model that has not run yet, with the reason. */
export function notWarmedUp(reason: string): WarmUpReport {
  return {
    inputs: 'none',
    oneRowMilliseconds: undefined,
    oneRowElements: 0,
    batchedRowMilliseconds: undefined,
    // Nothing is known about its time.
    timeDependsOnContent: true,
    batch: { kind: 'refused', reason },
  };
}

/** The reason why a model's interface excludes batching, or undefined. */
export function batchObstacle(model: ModelInterface): string | undefined {
  for (const { name, shape } of model.inputs) {
    if (shape.length === 0) return `input "${name}" has no dimension to batch along`;
    if (typeof shape[0] === 'number') return `the first dimension of input "${name}" is fixed at ${shape[0]}`;
  }
  for (const { name, shape } of model.outputs) {
    if (shape.length === 0) return `output "${name}" has no dimension to batch along`;
    if (typeof shape[0] === 'number') return `the first dimension of output "${name}" is fixed at ${shape[0]}`;
  }
  return model.inputs.length === 0 ? 'the model has no inputs' : undefined;
}

interface FoundInputs {
  readonly source: 'example' | 'synthetic';
  /** Rows that the model runs on, or is likely to. */
  readonly bases: readonly [TrialRow, ...TrialRow[]];
}

function findInputs(session: Session, { example, now }: WarmUpOptions): FoundInputs | undefined {
  const hasRows = batchObstacle(session) === undefined;
  const split = (inputs: readonly Tensor[]): FoundInputs['bases'] => (hasRows ? rowsOf(inputs) : [inputs]);
  if (example !== undefined && canRun(session, example)) return { source: 'example', bases: split(example) };
  const isOpen = session.inputs.some(({ shape }) => shape.some((size, axis) => axis > 0 && typeof size === 'string'));
  const started = now();
  for (const size of isOpen ? openDimensionCandidates : openDimensionCandidates.slice(0, 1)) {
    if (syntheticBytes(session.inputs, size) > largestTrialBytes) continue;
    if (now() - started > trialsMilliseconds) return undefined;
    const bases = split(synthesizeInputs(session.inputs, hasRows ? mostBases : 1, size));
    if (canRun(session, bases[0])) return { source: 'synthetic', bases };
  }
  return undefined;
}

/** The first rows of inputs that have as many rows each; else the inputs as they are. */
function rowsOf(inputs: readonly Tensor[]): readonly [TrialRow, ...TrialRow[]] {
  const available = inputs[0]?.shape[0] ?? 0;
  if (available === 0 || inputs.some(({ shape }) => shape[0] !== available)) return [inputs];
  const row = (index: number): TrialRow => inputs.map((tensor) => sliceRows(tensor, index, index + 1));
  const further = Array.from({ length: Math.min(available, mostBases) - 1 }, (_, index) => row(index + 1));
  return [row(0), ...further];
}

function canRun(session: Session, inputs: readonly Tensor[]): boolean {
  try {
    session.run(inputs);
    return true;
  } catch {
    return false;
  }
}

/** A slow model needs no exact time. */
const enoughMilliseconds = 50;

/** Median milliseconds of a few runs: three, more if they are fast, fewer if they are slow. */
function time(session: Session, inputs: readonly Tensor[], now: () => number): number {
  const times: number[] = [];
  const started = now();
  while (times.length < 3 || (times.length < 9 && now() - started < 1)) {
    const before = now();
    session.run(inputs);
    times.push(now() - before);
    if (now() - started > enoughMilliseconds) break;
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)] ?? 0;
}
