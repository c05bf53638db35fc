import { mainOutput, type Codec } from './codec.ts';
import { fitArray, primaryInput } from './fit-input.ts';
import { parseNpy, renderNpy } from './npy-file.ts';

/** One numpy array: the model's only input, and its main output. */
export const npy: Codec = {
  name: 'npy',
  mediaTypes: ['application/x-npy'],
  contentType: 'application/x-npy',
  isBinary: true,
  isV2: false,
  documentation: [{ mediaType: '`application/x-npy`', request: 'one array', response: 'the main output' }],
  decode: ({ body }, signature) => {
    const { tensor, isRow } = fitArray(parseNpy(body), primaryInput(signature), ['body']);
    return { inputs: [tensor], form: { kind: 'features', isRow } };
  },
  encode: (outputs, form, model) => ({
    status: 200,
    contentType: npy.contentType,
    body: renderNpy(mainOutput(outputs, form, model)),
  }),
};
