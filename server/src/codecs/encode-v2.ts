import type { Reply, RespondingModel, V2Form } from './codec.ts';
import { binaryBody, isLarge, piecesOfFlat } from './render-pieces.ts';
import { renderFlat } from './render-json-tensor.ts';
import { binarySize, piecesOfBinary } from './v2-binary-tensors.ts';
import { elementTraits } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The media type of SageMaker's clients for Triton; its parameter json-header-size is the length of the JSON part. */
export const tritonMediaType = 'application/vnd.sagemaker-triton.binary+json';

/** Renders the requested outputs in the requested order: JSON, followed by the binary outputs if there are any. */
export function encodeV2(outputs: readonly Tensor[], form: V2Form, model: RespondingModel): Reply {
  const binary: Tensor[] = [];
  const isInPieces = outputs.some(isLarge);
  const id = form.id === undefined ? '' : `"id":${JSON.stringify(form.id)},`;
  const names = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  const pieces: (string | Iterable<string>)[] = [`{${names},${id}"outputs":[`];
  let separator = '';
  for (const { index, isBinary } of form.outputs) {
    const tensor = outputs[index];
    const spec = model.signature.outputs[index];
    if (tensor === undefined || spec === undefined) continue;
    pieces.push(
      `${separator}{"name":${JSON.stringify(spec.name)},"datatype":"${elementTraits[tensor.type].v2}","shape":[${tensor.shape.join(',')}]`,
    );
    separator = ',';
    if (isBinary) {
      binary.push(tensor);
      pieces.push(`,"parameters":{"binary_data_size":${binarySize(tensor)}}}`);
    } else {
      pieces.push(',"data":', isInPieces ? piecesOfFlat(tensor) : renderFlat(tensor), '}');
    }
  }
  pieces.push(']}');
  if (binary.length === 0) {
    return {
      status: 200,
      contentType: 'application/json',
      body: isInPieces ? flatten(pieces) : [...flatten(pieces)].join(''),
    };
  }
  const header = Buffer.from([...flatten(pieces)].join(''), 'utf8');
  return {
    status: 200,
    contentType: form.usesTritonMediaType
      ? `${tritonMediaType};json-header-size=${header.length}`
      : 'application/octet-stream',
    body: binaryBody(piecesOfMessage(header, binary), binary),
    headers: { 'inference-header-content-length': String(header.length) },
  };
}

function* piecesOfMessage(header: Buffer, tensors: readonly Tensor[]): Generator<Uint8Array, void> {
  yield header;
  for (const tensor of tensors) yield* piecesOfBinary(tensor);
}

function* flatten(pieces: readonly (string | Iterable<string>)[]): Generator<string, void> {
  for (const piece of pieces) {
    if (typeof piece === 'string') yield piece;
    else yield* piece;
  }
}
