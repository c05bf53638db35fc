import type { Reply, RespondingModel, V2Form } from './codec.ts';
import { renderFlat } from './render-json-tensor.ts';
import { renderBinary } from './v2-binary-tensors.ts';
import { elementTraits } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The media type of SageMaker's clients for Triton; its parameter json-header-size is the length of the JSON part. */
export const tritonMediaType = 'application/vnd.sagemaker-triton.binary+json';

/** Renders the requested outputs in the requested order: JSON, followed by the binary outputs if there are any. */
export function encodeV2(outputs: readonly Tensor[], form: V2Form, model: RespondingModel): Reply {
  const binary: Uint8Array[] = [];
  const rendered = form.outputs.flatMap(({ index, isBinary }) => {
    const tensor = outputs[index];
    const spec = model.signature.outputs[index];
    if (tensor === undefined || spec === undefined) return [];
    const head = `{"name":${JSON.stringify(spec.name)},"datatype":"${elementTraits[tensor.type].v2}","shape":[${tensor.shape.join(',')}]`;
    if (!isBinary) return [`${head},"data":${renderFlat(tensor)}}`];
    const bytes = renderBinary(tensor);
    binary.push(bytes);
    return [`${head},"parameters":{"binary_data_size":${bytes.byteLength}}}`];
  });
  const id = form.id === undefined ? '' : `"id":${JSON.stringify(form.id)},`;
  const names = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  const json = `{${names},${id}"outputs":[${rendered.join(',')}]}`;
  if (binary.length === 0) return { status: 200, contentType: 'application/json', body: json };
  const header = Buffer.from(json, 'utf8');
  return {
    status: 200,
    contentType: form.usesTritonMediaType
      ? `${tritonMediaType};json-header-size=${header.length}`
      : 'application/octet-stream',
    body: Buffer.concat([header, ...binary]),
    headers: { 'inference-header-content-length': String(header.length) },
  };
}
