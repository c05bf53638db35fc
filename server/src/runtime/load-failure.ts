/** What to do about errors of ONNX Runtime that say only what is wrong. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /Unsupported model IR version/i,
    'Export the model again with an older version of onnx (or set ir_version), or update onnxruntime-node.',
  ],
  [
    /opset|is under development|No Op registered/i,
    'Export the model with an opset that this version of ONNX Runtime knows (torch.onnx.export: opset_version; skl2onnx: target_opset), or update onnxruntime-node.',
  ],
  [
    /Protobuf parsing failed|ModelProto does not have a graph/i,
    'The file is not a whole ONNX model: it was cut off, or is of another format. Export or copy it again.',
  ],
];

/** What ONNX Runtime said, in one line, and what to do about it. */
export function explainLoadFailure(reason: string): string {
  const line = reason.replace(/\s+/g, ' ').trim();
  const remedy = REMEDIES.find(([pattern]) => pattern.test(line))?.[1];
  return remedy === undefined ? line : `${line.replace(/[.\s]*$/, '')}. ${remedy}`;
}
