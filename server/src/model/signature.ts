import type { ModelInterface } from './session.ts';

/** What signature.json adds to one input. */
export interface InputSignature {
  /** Names of the values along the last dimension. */
  readonly columns?: readonly string[] | undefined;
}

/** A model's interface together with what signature.json says of it. */
export interface Signature {
  /** Index of the input that simple bodies fill; undefined where the model has several and none was chosen. */
  readonly primaryInput: number | undefined;
  /** Index of the output that simple answers carry. */
  readonly primaryOutput: number;
  /** By input, in the model's order. */
  readonly inputs: readonly InputSignature[];
}

/** The signature of a model without a signature.json. */
export function defaultSignature(model: ModelInterface): Signature {
  return {
    primaryInput: model.inputs.length === 1 ? 0 : undefined,
    primaryOutput: 0,
    inputs: model.inputs.map(() => ({})),
  };
}
