import { mainOutput, type Codec, type DecodedRequest, type Payload } from './codec.ts';
import { fitArray, primaryInput } from './fit-input.ts';
import { piecesOfNpy, stepsOfNpy } from './npy-file.ts';
import { binaryBody } from './render-pieces.ts';
import { runAtOnce, type Steps } from './steps.ts';
import type { Signature } from '../signature/signature.ts';

/** One numpy array: the model's only input, and its main output. */
export const npy: Codec = {
  name: 'npy',
  mediaTypes: ['application/x-npy'],
  contentType: 'application/x-npy',
  isBinary: true,
  isV2: false,
  documentation: [{ mediaType: '`application/x-npy`', request: 'one array', response: 'the main output' }],
  decode: (payload, signature) => runAtOnce(stepsOfBody(payload, signature)),
  decodeInSteps: stepsOfBody,
  encode: (outputs, form, model) => {
    const output = mainOutput(outputs, form, model);
    return { status: 200, contentType: npy.contentType, body: binaryBody(piecesOfNpy(output), [output]) };
  },
};

function* stepsOfBody({ body }: Payload, signature: Signature): Steps<DecodedRequest> {
  const array = yield* stepsOfNpy(body);
  const { tensor, isRow } = yield* fitArray(array, primaryInput(signature), ['body']);
  return { inputs: [tensor], form: { kind: 'features', isRow } };
}
