import { tensorFromJson } from '../codecs/json-tensor.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import { resolveSignature } from '../signature/signature.ts';
import type { SignatureFile } from '../signature/signature-file.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The example of a signature.json as model inputs; undefined without one. @throws ModelLoadError if it does not fit */
export function exampleInputs(model: ModelInterface, file: SignatureFile): Tensor[] | undefined {
  const { example, inputs } = resolveSignature(model, file);
  if (example === undefined) return undefined;
  return inputs.map(({ name, type, preprocess }) => {
    const value = example[name];
    try {
      const tensor = tensorFromJson(value, type, outline(value), ['example', name], { input: name });
      return preprocess === undefined ? tensor : preprocess(tensor);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ModelLoadError(`signature.json: ${reason}`, { cause: error });
    }
  });
}

function outline(value: unknown): number[] {
  const shape: number[] = [];
  for (let current = value; Array.isArray(current); current = current[0]) shape.push(current.length);
  return shape;
}
