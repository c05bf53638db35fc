import type { ElementType } from '../tensor/element-types.ts';

/** One input or output of a model. A dimension is its size, or its symbolic name ('' when it has none). */
export interface TensorSpec {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
  /** Class names along the last dimension, as far as the model has them. */
  readonly classes?: readonly string[] | undefined;
}

/** The inputs and outputs of a model, as ONNX Runtime reports them, in the model's order. */
export interface ModelInterface {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
