import type { Codec, DecodedRequest, Payload } from './codec.ts';
import { fitArray } from './fit-input.ts';
import { piecesOfNpy, stepsOfNpy } from './npy-file.ts';
import { binaryBody } from './render-pieces.ts';
import { runAtOnce, type Steps } from './steps.ts';
import { piecesOfZip, stepsOfZip } from './zip-file.ts';
import { invalid, Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Deflated arrays may exceed the limit of a body by this factor. */
const inflation = 4;

/** Several numpy arrays by name. */
export const npz: Codec = {
  name: 'npz',
  mediaTypes: ['application/x-npz'],
  contentType: 'application/x-npz',
  isBinary: true,
  isV2: false,
  documentation: [
    {
      mediaType: '`application/x-npz`',
      request: 'one array an input, by name (or `arr_0`, `arr_1`, …)',
      response: 'all outputs by name',
    },
  ],
  decode: (payload, signature) => runAtOnce(stepsOfNpz(payload, signature)),
  decodeInSteps: stepsOfNpz,
  encode: (outputs, _, { signature }) => {
    const pieces = piecesOfZip(
      outputs.map((output, index) => ({
        name: `${signature.outputs[index]?.name ?? `arr_${index}`}.npy`,
        content: piecesOfNpy(output),
      })),
    );
    return { status: 200, contentType: npz.contentType, body: binaryBody(pieces, outputs) };
  },
};

/** Reads an npz file: arrays by input name, or arr_0, arr_1, … by position. @throws Problem */
function* stepsOfNpz({ body, maxBytes }: Payload, signature: Signature): Steps<DecodedRequest> {
  const entries = yield* stepsOfZip(body, maxBytes * inflation);
  const arrays = new Map(entries.map(({ name, content }) => [name.replace(/\.npy$/, ''), content]));
  const { inputs } = signature;
  const isPositional =
    !inputs.some(({ name }) => arrays.has(name)) && [...arrays.keys()].every((name) => /^arr_\d+$/.test(name));
  const known = new Set(inputs.map(({ name }, index) => (isPositional ? `arr_${index}` : name)));
  const unknown = [...arrays.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    const list = inputs.map(({ name }) => `"${name}"`).join(', ');
    throw new Problem(422, `there is no input "${unknown.slice(0, 100)}"; the model has ${list}`);
  }
  const tensors: { readonly tensor: Tensor; readonly isRow: boolean }[] = [];
  for (const [index, input] of inputs.entries()) {
    const content = arrays.get(isPositional ? `arr_${index}` : input.name);
    if (content === undefined)
      throw invalid(['body', input.name], `input "${input.name}" is missing from the npz file`, 'missing');
    const array = yield* stepsOfNpy(content);
    tensors.push(yield* fitArray(array, input, ['body', input.name]));
  }
  const isRow = tensors.every((read) => read.isRow);
  return { inputs: tensors.map(({ tensor }) => tensor), form: { kind: 'features', isRow } };
}
