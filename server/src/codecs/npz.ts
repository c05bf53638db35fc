import type { Codec, DecodedRequest } from './codec.ts';
import { fitArray } from './fit-input.ts';
import { parseNpy, renderNpy } from './npy-file.ts';
import { parseZip, renderZip } from './zip-file.ts';
import { invalid, Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';

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
  decode: ({ body, maxBytes }, signature) => decodeNpz(body, signature, maxBytes * inflation),
  encode: (outputs, _, { signature }) => ({
    status: 200,
    contentType: npz.contentType,
    body: renderZip(
      outputs.map((output, index) => ({
        name: `${signature.outputs[index]?.name ?? `arr_${index}`}.npy`,
        content: renderNpy(output),
      })),
    ),
  }),
};

/** Reads an npz file: arrays by input name, or arr_0, arr_1, … by position. @throws Problem */
function decodeNpz(body: Buffer, signature: Signature, maxBytes: number): DecodedRequest {
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
