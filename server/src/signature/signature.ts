import { compilePostprocessing, compilePreprocessing, type TensorStep } from './processing.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { ModelInterface, TensorSpec } from './model-interface.ts';
import type { SignatureFile } from './signature-file.ts';

/** Limits of an input's values, over all of them or along the last dimension. */
interface ValueLimits {
  readonly range: readonly [number, number] | undefined;
  /** By column index. */
  readonly columnRanges: ReadonlyMap<number, readonly [number, number]>;
  readonly values: ReadonlySet<string | number | boolean> | undefined;
}

/** An input of requests. */
export interface InputSignature extends TensorSpec {
  readonly description: string | undefined;
  /** Names of the values along the last dimension. */
  readonly columns: readonly string[] | undefined;
  readonly units: Readonly<Record<string, string>>;
  readonly limits: ValueLimits | undefined;
  /** Converts a caller's tensor to the model's input. */
  readonly preprocess: TensorStep | undefined;
}

/** An output of responses. */
export interface OutputSignature extends TensorSpec {
  readonly description: string | undefined;
  readonly unit: string | undefined;
  readonly classes: readonly string[] | undefined;
  /** Converts the model's output to the caller's. */
  readonly postprocess: TensorStep | undefined;
}

/** A model's interface, extended by signature.json. */
export interface Signature {
  readonly description: string | undefined;
  /** Index of the input of simple bodies; undefined if the model has several and signature.json names none. */
  readonly primaryInput: number | undefined;
  /** Index of the output of simple responses. */
  readonly primaryOutput: number;
  /** True if the model has two outputs that may be the label and the scores of each row; then simple responses have both. */
  readonly isClassifier: boolean;
  readonly inputs: readonly InputSignature[];
  readonly outputs: readonly OutputSignature[];
  /** JSON values by input name, from signature.json. */
  readonly example: Readonly<Record<string, unknown>> | undefined;
}

/** Extends a model's interface by its signature.json. @throws ModelLoadError if they do not match */
export function resolveSignature(model: ModelInterface, file: SignatureFile = {}): Signature {
  const inputNames = model.inputs.map(({ name }) => name);
  const outputNames = model.outputs.map(({ name }) => name);
  demandKnown('inputs', Object.keys(file.inputs ?? {}), inputNames);
  demandKnown('outputs', Object.keys(file.outputs ?? {}), outputNames);
  demandKnown('preprocessing', file.preprocessing?.map(({ input }) => input) ?? [], inputNames);
  demandKnown('postprocessing', file.postprocessing?.map(({ output }) => output) ?? [], outputNames);
  if (file.primaryInput !== undefined) demandKnown('primaryInput', [file.primaryInput], inputNames);
  if (file.primaryOutput !== undefined) demandKnown('primaryOutput', [file.primaryOutput], outputNames);
  if (file.example !== undefined) demandKnown('example', Object.keys(file.example), inputNames);
  const outputs = model.outputs.map((spec) => resolveOutput(spec, file));
  return {
    description: file.description,
    primaryInput:
      file.primaryInput === undefined
        ? inputNames.length === 1
          ? 0
          : undefined
        : inputNames.indexOf(file.primaryInput),
    primaryOutput: file.primaryOutput === undefined ? 0 : outputNames.indexOf(file.primaryOutput),
    inputs: model.inputs.map((spec) => resolveInput(spec, file)),
    outputs,
    isClassifier: file.primaryOutput === undefined && areLabelAndScores(outputs),
    example: file.example,
  };
}

/** ONNX Runtime reports an open rank as no dimension: the answers show what it is. */
function areLabelAndScores(outputs: readonly TensorSpec[]): boolean {
  const [label, scores] = outputs;
  if (label === undefined || scores === undefined || outputs.length !== 2) return false;
  const isLabel = ['int64', 'int32', 'string'].includes(label.type) && label.shape.length <= 1;
  return isLabel && ['float32', 'float64'].includes(scores.type) && [0, 2].includes(scores.shape.length);
}

function resolveInput(spec: TensorSpec, file: SignatureFile): InputSignature {
  const own = file.inputs?.[spec.name];
  const steps = file.preprocessing?.filter(({ input }) => input === spec.name) ?? [];
  const { step, type } = compilePreprocessing(spec, steps);
  const lastDimension = spec.shape.at(-1);
  const columns = own?.columns;
  if (columns !== undefined) {
    if (spec.shape.length < 2 || (typeof lastDimension === 'number' && lastDimension !== columns.length)) {
      throw new ModelLoadError(
        `signature.json: inputs.${spec.name}.columns has ${columns.length} names, but the last dimension of shape [${spec.shape.join(', ')}] is ${lastDimension ?? 'not there'}`,
      );
    }
    if (new Set(columns).size !== columns.length) {
      throw new ModelLoadError(`signature.json: inputs.${spec.name}.columns has a name twice`);
    }
  }
  const columnRanges = new Map<number, readonly [number, number]>();
  for (const [column, range] of Object.entries(own?.ranges ?? {})) {
    const index = columns?.indexOf(column) ?? -1;
    if (index < 0) {
      throw new ModelLoadError(
        `signature.json: inputs.${spec.name}.ranges names "${column}", which is not among its columns`,
      );
    }
    columnRanges.set(index, range);
  }
  const values = own?.values === undefined ? undefined : new Set(own.values);
  const isLimited = own?.range !== undefined || columnRanges.size > 0 || values !== undefined;
  return {
    name: spec.name,
    type,
    shape: spec.shape,
    description: own?.description,
    columns,
    units: own?.units ?? {},
    limits: isLimited ? { range: own?.range, columnRanges, values } : undefined,
    preprocess: step,
  };
}

function resolveOutput(spec: TensorSpec, file: SignatureFile): OutputSignature {
  const own = file.outputs?.[spec.name];
  const steps = file.postprocessing?.filter(({ output }) => output === spec.name) ?? [];
  const { step, type, shape } = compilePostprocessing(spec, steps, own?.classes ?? spec.classes);
  const scores = spec.shape.length > 1 ? spec.shape.at(-1) : undefined;
  // One score is that of the second of two classes.
  if (own?.classes !== undefined && typeof scores === 'number' && scores > 1 && own.classes.length !== scores) {
    throw new ModelLoadError(
      `signature.json: outputs.${spec.name}.classes has ${own.classes.length} names, but the last dimension of shape [${spec.shape.join(', ')}] is ${scores}`,
    );
  }
  return {
    name: spec.name,
    type,
    shape,
    description: own?.description,
    unit: own?.unit,
    classes: own?.classes ?? spec.classes,
    postprocess: step,
  };
}

function demandKnown(field: string, names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const list = known.map((item) => `"${item}"`).join(', ');
    throw new ModelLoadError(`signature.json: ${field} names "${name}", which the model does not have; it has ${list}`);
  }
}
