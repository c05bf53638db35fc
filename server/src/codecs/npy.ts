import { mainOutput, type Codec } from './codec.ts';
import { fitArray, primaryInput } from './fit-input.ts';
import { piecesOfNpy, stepsOfNpy } from './npy-file.ts';
import { inOnePiece, isLarge } from './render-pieces.ts';
import { runAtOnce, type Steps } from './steps.ts';
import type { DecodedRequest, Payload } from './codec.ts';
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
    const pieces = piecesOfNpy(output);
    return { status: 200, contentType: npy.contentType, body: isLarge(output) ? pieces : inOnePiece(pieces) };
  },
};

function* stepsOfBody({ body }: Payload, signature: Signature): Steps<DecodedRequest> {
  const array = yield* stepsOfNpy(body);
  const { tensor, isRow } = yield* fitArray(array, primaryInput(signature), ['body']);
  return { inputs: [tensor], form: { kind: 'features', isRow } };
}
