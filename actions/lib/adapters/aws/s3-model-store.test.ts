import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createS3ModelObjects } from './s3-model-store.ts';

const CHECKSUM = 'me0ztKMYlrzgINoOYxqe2NP/Lvrxkr4dgM9AW1unIsI=';
const LIST =
  '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>models</Name><Contents><Key>one/model.onnx</Key><Size>5</Size></Contents></ListBucketResult>';

// moto and the local AWS have no object in parts as S3 describes it, so what S3 sends stands here.
it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  [
    'the content',
    { 'x-amz-checksum-sha256': CHECKSUM, 'x-amz-checksum-type': 'FULL_OBJECT' },
    Buffer.from(CHECKSUM, 'base64').toString('hex'),
  ],
  ['the parts', { 'x-amz-checksum-sha256': `${CHECKSUM}-2`, 'x-amz-checksum-type': 'COMPOSITE' }, undefined],
  ['the only part', { 'x-amz-checksum-sha256': CHECKSUM, 'x-amz-checksum-type': 'COMPOSITE' }, undefined],
  ['another kind', { 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=', 'x-amz-checksum-type': 'FULL_OBJECT' }, undefined],
])('takes for the checksum of an object that of its content alone: S3 has one of %s', async (_of, headers, sha256) => {
  const server = createServer((request, response) => {
    if (request.method !== 'HEAD') response.writeHead(200, { 'content-type': 'application/xml' }).end(LIST);
    else if (request.headers['x-amz-checksum-mode'] !== 'ENABLED') response.writeHead(200).end();
    else response.writeHead(200, { 'content-length': '5', ...headers }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const settings = {
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
  };
  try {
    const objects = await createS3ModelObjects(settings).read('s3://models/one/');
    expect(objects).toEqual([{ path: 'model.onnx', sizeBytes: 5, sha256 }]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
