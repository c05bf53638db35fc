/** A model that ONNX Runtime cannot load, or whose inputs or outputs cannot be carried over HTTP. */
export class ModelLoadError extends Error {
  override readonly name = 'ModelLoadError';
}
