/** A request that is right, to be damaged. */
export interface Template {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const json = { 'content-type': 'application/json' };

/** Right requests to the sample model, in every format that the server takes. */
export function sampleTemplates(): [Template, ...Template[]] {
  const floats = Float32Array.of(1.2, 3.4, 5.6, -1, 0, 2.5);
  const raw = Buffer.from(floats.buffer);
  const v2 = { name: 'features', shape: [2, 3], datatype: 'FP32' };
  const header = Buffer.from(
    JSON.stringify({
      inputs: [{ ...v2, parameters: { binary_data_size: raw.length } }],
      parameters: { binary_data_output: true },
    }),
  );
  return [
    { path: '/invocations', headers: json, body: Buffer.from('{"features":[1.2,3.4,5.6]}') },
    { path: '/predict', headers: json, body: Buffer.from('{"features":[[1.2,3.4,5.6],[-1,0,2.5]]}') },
    { path: '/invocations', headers: json, body: Buffer.from('{"instances":[{"features":[1.2,3.4,5.6]},{"features":[-1,0,2.5]}]}') },
    {
      path: '/invocations',
      headers: json,
      body: Buffer.from(JSON.stringify({ inputs: [{ ...v2, data: [...floats] }] })),
    },
    {
      path: '/v2/models/model/infer',
      headers: json,
      body: Buffer.from(
        JSON.stringify({
          id: 'a',
          inputs: [
            {
              ...v2,
              data: [
                [1.2, 3.4, 5.6],
                [-1, 0, 2.5],
              ],
            },
          ],
          outputs: [{ name: 'prediction' }],
        }),
      ),
    },
    {
      path: '/v2/models/model/infer',
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(header.length) },
      body: Buffer.concat([header, raw]),
    },
    {
      path: '/invocations',
      headers: { 'content-type': `application/vnd.sagemaker-triton.binary+json;json-header-size=${header.length}` },
      body: Buffer.concat([header, raw]),
    },
    {
      path: '/invocations',
      headers: { 'content-type': 'text/csv; header=present' },
      body: Buffer.from('x1,x2,x3\n1.2,3.4,5.6\r\n-1,0,"2.5"\n'),
    },
    {
      path: '/invocations',
      headers: { 'content-type': 'application/jsonlines' },
      body: Buffer.from('{"features":[1.2,3.4,5.6]}\n[-1,0,2.5]\n'),
    },
    { path: '/invocations', headers: { 'content-type': 'application/x-npy' }, body: npy(raw) },
    {
      path: '/invocations',
      headers: { 'content-type': 'application/x-npz' },
      body: storedZip('features.npy', npy(raw)),
    },
  ];
}

/** A float32 array of shape (2, 3) in the npy format, version 1.0. */
function npy(data: Buffer): Buffer {
  const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117) + '\n';
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, dictionary.length, 0]);
  return Buffer.concat([start, Buffer.from(dictionary, 'latin1'), data]);
}

/** A zip archive of one file, not compressed (APPNOTE.TXT 4.3: local header, central directory, end record). */
function storedZip(name: string, data: Buffer): Buffer {
  const sum = crc32(data);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(sum, 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, Buffer.from(name), data]);
  const central = Buffer.concat([
    Buffer.from('PK\u0001\u0002\u0014\0', 'latin1'),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

function crc32(data: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
