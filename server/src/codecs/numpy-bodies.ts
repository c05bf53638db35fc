import { fitArray, primaryInput } from './fit-input.ts';
import { parseNpy, renderNpy } from './npy.ts';
import { parseZip, renderZip } from './npz.ts';
import type { DecodedRequest } from './request-form.ts';
import { invalid, Problem } from '../http/problem.ts';
import type { Signature, OutputSignature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/** Reads one npy file as the model's one input. @throws Problem */
export function decodeNpy(body: Buffer, signature: Signature): DecodedRequest {
  const input = primaryInput(signature);
  const { tensor, isRow } = fitArray(parseNpy(body), input, ['body']);
  return { inputs: [tensor], form: { kind: 'features', isRow } };
}

/** Reads an npz file: arrays by input name, or arr_0, arr_1, … by position. @throws Problem */
export function decodeNpz(body: Buffer, signature: Signature, maxBytes: number): DecodedRequest {
  const arrays = new Map(parseZip(body, maxBytes).map(({ name, content }) => [name.replace(/\.npy$/, ''), content]));
  const { inputs } = signature;
  const isPositional =
    !inputs.some(({ name }) => arrays.has(name)) && [...arrays.keys()].every((name) => /^arr_\d+$/.test(name));
  const known = new Set(inputs.map(({ name }, index) => (isPositional ? `arr_${index}` : name)));
  const unknown = [...arrays.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    const list = inputs.map(({ name }) => `"${name}"`).join(', ');
    throw new Problem(422, `there is no input "${unknown.slice(0, 100)}"; the model has ${list}`);
  }
  const tensors = inputs.map((input, index) => {
    const content = arrays.get(isPositional ? `arr_${index}` : input.name);
    if (content === undefined)
      throw invalid(['body', input.name], `input "${input.name}" is missing from the npz file`, 'missing');
    return fitArray(parseNpy(content), input, ['body', input.name]);
  });
  const isRow = tensors.every((read) => read.isRow);
  return { inputs: tensors.map(({ tensor }) => tensor), form: { kind: 'features', isRow } };
}

/** All outputs as an npz file, each under its name. */
export function renderNpz(outputs: readonly Tensor[], signatures: readonly OutputSignature[]): Buffer {
  return renderZip(
    outputs.map((output, index) => ({
      name: `${signatures[index]?.name ?? `arr_${index}`}.npy`,
      content: renderNpy(output),
    })),
  );
}
