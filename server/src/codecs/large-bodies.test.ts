import { describe, expect, it } from 'vitest';
import type { Codec, DecodedRequest } from './codec.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { jsonlines } from './jsonlines.ts';
import { npy } from './npy.ts';
import { npz } from './npz.ts';
import { codecs } from './registry.ts';
import type { Steps } from './steps.ts';
import { v2Binary } from './v2-binary.ts';
import { resolveSignature, type Signature } from '../signature/signature.ts';
import type { ElementType } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { deflatedZip, renderNpy, renderZip } from '../testing/numpy-files.ts';
import { payloadOf } from '../testing/payloads.ts';

const texts = Array.from({ length: 100_000 }, (_, index) => `text ${index % 1000} ü`);
const text: Tensor = { type: 'string', shape: [texts.length], data: texts };
const numbers = Float64Array.from({ length: 300_000 }, (_, index) => Math.fround(Math.sin(index)));
const number: Tensor = { type: 'float64', shape: [100_000, 3], data: numbers };

function signatureOf(type: ElementType, shape: readonly (number | string)[]): Signature {
  return resolveSignature({ inputs: [{ name: 'x', type, shape }], outputs: [{ name: 'y', type, shape }] });
}
const textSignature = signatureOf('string', ['batch']);
const numberSignature = signatureOf('float32', ['batch', 3]);

const inV2 = Buffer.concat(texts.flatMap((one) => [Buffer.from([Buffer.byteLength(one), 0, 0, 0]), Buffer.from(one)]));
const v2Header = Buffer.from(
  JSON.stringify({
    inputs: [{ name: 'x', shape: [texts.length], datatype: 'BYTES', parameters: { binary_data_size: inV2.length } }],
  }),
);
const columns = renderNpy(number);
columns.write("'fortran_order': True , ", columns.indexOf("'fortran_order'"));
const transposed = numbers.map((_, index) => numbers[(index % 3) * 100_000 + Math.floor(index / 3)] ?? NaN);

interface LargeBody {
  readonly name: string;
  readonly codec: Codec;
  readonly body: Buffer;
  /** Of the JSON part of a binary body. */
  readonly jsonLength: string | undefined;
  readonly signature: Signature;
  /** Its elements, separated by commas. */
  readonly expected: string;
}

const textIn = (codec: Codec, body: string | Buffer): LargeBody => ({
  name: `texts in ${codec.name}`,
  codec,
  body: Buffer.from(body),
  jsonLength: codec === v2Binary ? String(v2Header.length) : undefined,
  signature: textSignature,
  expected: texts.join(),
});
const numberIn = (name: string, codec: Codec, body: Buffer, expected: Float64Array): LargeBody => ({
  name,
  codec,
  body,
  jsonLength: undefined,
  signature: numberSignature,
  expected: expected.join(),
});

const bodies: readonly LargeBody[] = [
  textIn(json, JSON.stringify({ features: texts })),
  textIn(jsonlines, texts.map((one) => JSON.stringify(one)).join('\n')),
  textIn(csv, texts.join('\n')),
  textIn(npy, renderNpy(text)),
  textIn(npz, renderZip([{ name: 'x.npy', content: renderNpy(text) }])),
  textIn(v2Binary, Buffer.concat([v2Header, inV2])),
  {
    ...textIn(json, Buffer.concat([v2Header, inV2])),
    name: 'texts that follow JSON',
    jsonLength: String(v2Header.length),
  },
  numberIn('deflated numbers in npz', npz, deflatedZip('x.npy', renderNpy(number)), numbers),
  numberIn('columns of numbers in npy', npy, columns, transposed),
];

/** Goes through steps as the server does, and counts them. */
async function count(
  steps: Steps<DecodedRequest>,
): Promise<{ readonly steps: number; readonly decoded: DecodedRequest }> {
  for (let number = 1; ; number++) {
    const step = steps.next();
    if (step.done === true) return { steps: number, decoded: step.value };
    await step.value;
  }
}

describe('the event loop serves others', () => {
  it.each(bodies)('while a large body is read: $name', async ({ codec, body, jsonLength, signature, expected }) => {
    const { steps, decoded } = await count(codec.decodeInSteps(payloadOf(body, jsonLength), signature));
    expect(steps).toBeGreaterThan(5);
    expect(decoded.inputs[0]?.data.join()).toBe(expected);
  });

  it('while a body of empty lines is read', () => {
    const steps = jsonlines.decodeInSteps(payloadOf(Buffer.alloc(1_000_000, '\n')), textSignature);
    let taken = 0;
    expect(() => {
      while (steps.next().done !== true) taken++;
    }).toThrow('the body has no lines');
    expect(taken).toBeGreaterThan(5);
  });

  it.each(codecs)('while a large answer of texts is rendered: $name', (codec) => {
    const model = { name: 'model', version: '1', signature: textSignature };
    const form = { kind: 'features', isRow: false } as const;
    const { body } = codec.encode([text], form, model);
    if (typeof body === 'string' || body instanceof Uint8Array) expect.fail('the body is one piece');
    expect([...body].length).toBeGreaterThan(5);
  });

  it('is a rule for each format', () => {
    expect(new Set(bodies.map(({ codec }) => codec.name))).toEqual(new Set(codecs.map(({ name }) => name)));
  });
});
