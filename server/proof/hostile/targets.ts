import { encodeModel, tensor, type ElementType } from '../../sample-model/onnx-writer.ts';
import { trainSample } from '../../sample-model/sample-model.ts';
import { sampleTemplates, type Template } from './templates.ts';

/** A model under run: right requests to be damaged, and one whose right answer is known. */
export interface Target {
  /** The bytes of its model.onnx. */
  readonly model: Uint8Array;
  readonly templates: readonly [Template, ...Template[]];
  readonly good: { readonly path: string; readonly body: unknown };
  readonly isRight: (answer: unknown) => boolean;
}

/** The sample model, in every format. */
export function sampleTarget(): Target {
  return {
    model: trainSample({ seed: 1 }).model,
    templates: sampleTemplates(),
    good: { path: '/invocations', body: { features: [1.2, 3.4, 5.6] } },
    isRight: (answer) => {
      const prediction =
        typeof answer === 'object' && answer !== null && 'prediction' in answer ? answer.prediction : undefined;
      return Array.isArray(prediction) && Math.abs(Number(prediction[0]) - 4.7978) < 0.001;
    },
  };
}

interface TypedInput {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: readonly unknown[];
  readonly bytes: Uint8Array;
}

/** A model that gives back several inputs of the types whose codecs are the most delicate. */
export function typedTarget(): Target {
  const inputs: readonly TypedInput[] = [
    {
      name: 'i',
      element: 'int64',
      shape: [2],
      datatype: 'INT64',
      data: [1, -5],
      bytes: bytesOf(BigInt64Array.of(1n, -5n)),
    },
    {
      name: 's',
      element: 'string',
      shape: [2],
      datatype: 'BYTES',
      data: ['x', 'é'],
      bytes: Buffer.from('0100000078' + '02000000c3a9', 'hex'),
    },
    {
      name: 'f',
      element: 'float16',
      shape: [2, 2],
      datatype: 'FP16',
      data: [1, 2, 'NaN', -0.5],
      bytes: bytesOf(Uint16Array.of(0x3c00, 0x4000, 0x7e00, 0xb800)),
    },
    { name: 'b', element: 'bool', shape: [2], datatype: 'BOOL', data: [true, false], bytes: Uint8Array.of(1, 0) },
    {
      name: 'u',
      element: 'uint64',
      shape: [2],
      datatype: 'UINT64',
      data: [1, 7],
      bytes: bytesOf(BigUint64Array.of(1n, 7n)),
    },
  ];
  const typeOf = ({ element, shape }: TypedInput): ReturnType<typeof tensor> =>
    tensor(element, ['batch', ...shape.slice(1)]);
  const bytes = encodeModel({
    name: 'typed',
    inputs: inputs.map((input) => ({ name: input.name, type: typeOf(input) })),
    outputs: inputs.map((input) => ({ name: `same_${input.name}`, type: typeOf(input) })),
    nodes: inputs.map(({ name }) => ({ operator: 'Identity', inputs: [name], outputs: [`same_${name}`] })),
  });
  const body = { inputs: inputs.map(({ name, shape, datatype, data }) => ({ name, shape, datatype, data })) };
  const path = '/v2/models/model/infer';
  const json = { 'content-type': 'application/json' };
  const right = JSON.stringify(inputs.map(({ data }) => data));
  return {
    model: bytes,
    templates: [
      { path, headers: json, body: Buffer.from(JSON.stringify(body)) },
      { path: '/invocations', headers: json, body: Buffer.from(JSON.stringify(body)) },
      {
        path: '/invocations',
        headers: json,
        body: Buffer.from('{"instances":[{"i":1,"s":"x","f":[1,2],"b":true,"u":3}]}'),
      },
      binaryTemplate(path, inputs),
    ],
    good: { path, body },
    isRight: (answer) => {
      const outputs = typeof answer === 'object' && answer !== null && 'outputs' in answer ? answer.outputs : undefined;
      return (
        Array.isArray(outputs) && JSON.stringify(outputs.map((output: { data: unknown }) => output.data)) === right
      );
    },
  };
}

function binaryTemplate(path: string, inputs: readonly TypedInput[]): Template {
  const described = inputs.map(({ name, shape, datatype, bytes }) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: bytes.length },
  }));
  const header = Buffer.from(JSON.stringify({ inputs: described, parameters: { binary_data_output: true } }));
  return {
    path,
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
    body: Buffer.concat([header, ...inputs.map(({ bytes }) => bytes)]),
  };
}

function bytesOf(array: BigInt64Array | BigUint64Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
