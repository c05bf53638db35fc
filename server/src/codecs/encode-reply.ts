import { renderCsv } from './csv.ts';
import { renderJsonLines } from './json-lines.ts';
import { contentTypes } from './media-types.ts';
import { renderNpy } from './npy.ts';
import { renderNpz } from './numpy-bodies.ts';
import type { Format, Reply, RequestedOutput, RequestForm } from './request-form.ts';
import { renderSimpleJson } from './simple-json.ts';
import { renderV2, type AnsweringModel } from './v2.ts';
import { Problem } from '../http/problem.ts';
import type { Tensor } from '../model/tensor.ts';

/** Renders outputs in a format; `usesVendorType` labels a v2 binary answer the way SageMaker's Triton does. */
export function encodeReply(
  outputs: readonly Tensor[],
  form: RequestForm,
  format: Format,
  model: AnsweringModel,
  usesVendorType: boolean,
): Reply {
  if (form.kind === 'v2' && (format === 'json' || format === 'v2-binary')) {
    // An Accept of binary wins over outputs that were not marked so one by one.
    const requested = format === 'json' ? form.outputs : form.outputs.map(({ index }) => ({ index, isBinary: true }));
    return encodeV2(outputs, requested, form.id, model, usesVendorType);
  }
  if (format === 'v2-binary') {
    const all = model.signature.outputs.map((_, index) => ({ index, isBinary: true }));
    return encodeV2(outputs, all, undefined, model, usesVendorType);
  }
  const index = form.kind === 'v2' ? (form.outputs[0]?.index ?? 0) : model.signature.primaryOutput;
  const output = outputs[index];
  if (output === undefined) throw new Problem(500, 'the model gave no output');
  return { status: 200, contentType: contentTypes[format], body: render(output, outputs, form, format, model) };
}

function render(
  output: Tensor,
  outputs: readonly Tensor[],
  form: RequestForm,
  format: Exclude<Format, 'v2-binary'>,
  model: AnsweringModel,
): string | Uint8Array {
  switch (format) {
    case 'json':
      return renderSimpleJson(output, form);
    case 'jsonlines':
      return renderJsonLines(output);
    case 'csv':
      return renderCsv(output);
    case 'npy':
      return renderNpy(output);
    case 'npz':
      return renderNpz(outputs, model.signature.outputs);
  }
}

function encodeV2(
  outputs: readonly Tensor[],
  requested: readonly RequestedOutput[],
  id: string | undefined,
  model: AnsweringModel,
  usesVendorType: boolean,
): Reply {
  const { json, binary } = renderV2(outputs, requested, id, model);
  if (binary.length === 0) return { status: 200, contentType: 'application/json', body: json };
  const header = Buffer.from(json, 'utf8');
  return {
    status: 200,
    contentType: usesVendorType
      ? `application/vnd.sagemaker-triton.binary+json;json-header-size=${header.length}`
      : 'application/octet-stream',
    body: Buffer.concat([header, ...binary]),
    headers: { 'inference-header-content-length': String(header.length) },
  };
}
