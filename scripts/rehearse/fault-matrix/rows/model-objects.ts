import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { locateModel, modelDigest } from '../../../../actions/lib/domain/release/model-artifact.ts';
import { makeStateBucket } from '../../../testing/state-bucket.ts';
import type { FixtureOptions, MatrixFixture, ReleaseName } from '../harness/fixture.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';

const refused = { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 } as const;
const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;
const back = { outcome: 'promoted', serves: 'old', deployment: 'success', updates: 1 } as const;

const BUCKET = 'scoring-models';
const FILES = { 'model.onnx': 'the graph', 'weights/layer one.bin': 'the weights' };
const DIGEST = modelDigest(
  Object.entries(FILES).map(([path, content]) => ({
    path,
    sha256: createHash('sha256').update(content).digest('hex'),
    sizeBytes: content.length,
  })),
);
const { uri, keyPrefix } = locateModel(BUCKET, 'scoring', DIGEST);

/** The release loads a model from S3; its container says which one it has loaded. */
const loading = (release: ReleaseName, digest: string | null = DIGEST): FixtureOptions => ({
  specs: { [release]: { model: { uri, digest: DIGEST } } },
  answers: digest === null ? {} : { [release]: { modelDigest: digest } },
});

/** Puts the model into its bucket as build-image does, then what a row changes. */
const publish =
  (changes: Readonly<Record<string, string>> = {}, checksums: 'SHA256' | null = 'SHA256') =>
  async ({ aws }: MatrixFixture): Promise<void> => {
    await makeStateBucket(aws.url, { bucket: BUCKET, region: aws.region });
    const client = new S3Client({
      ...{ region: aws.region, endpoint: aws.url, forcePathStyle: true },
      credentials: { accessKeyId: 'AKIAPUBLISHER', secretAccessKey: 'publisher' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    for (const [name, Body] of Object.entries({ ...FILES, ...changes })) {
      const request = { Bucket: BUCKET, Key: `${keyPrefix}${name}`, Body };
      await client.send(
        new PutObjectCommand(checksums === null ? request : { ...request, ChecksumAlgorithm: checksums }),
      );
    }
    client.destroy();
  };

const denied = {
  kind: 'api-error',
  service: 's3',
  code: 'AccessDenied',
  status: 403,
  operation: 'HeadObject',
} as const;

/** The bytes of a model in S3: before anything is touched, and as the containers say what they have loaded. */
export const modelObjectRows: readonly Row[] = [
  {
    fault: 'none: the model in S3 is what the release says, and the containers have loaded it',
    fixture: loading('green'),
    arrange: publish(),
    ends: promoted,
  },
  {
    fault: 'the server is an older one, which does not say which model it has loaded',
    fixture: loading('green', null),
    arrange: publish(),
    ends: promoted,
  },
  {
    fault: 'an object of the model in S3 was overwritten',
    fixture: loading('green'),
    arrange: publish({ 'weights/layer one.bin': 'evil bytes!' }),
    ends: refused,
    says: /The model of release [0-9a-f]{12} is not what the release says.*s3:\/\/scoring-models/s,
  },
  {
    fault: 'there is one more object beside the model in S3',
    fixture: loading('green'),
    arrange: publish({ 'zz-override.bin': 'more' }),
    ends: refused,
    says: /is not what the release says.*zz-override\.bin/s,
  },
  {
    fault: 'the model in S3 is gone',
    fixture: loading('green'),
    arrange: async ({ aws }) => await makeStateBucket(aws.url, { bucket: BUCKET, region: aws.region }),
    ends: refused,
    says: /is not what the release says.*no objects/s,
  },
  {
    fault: 'S3 keeps no checksum of an object of the model',
    fixture: loading('green'),
    arrange: publish({}, null),
    ends: refused,
    says: /S3 keeps no SHA-256.*model\.onnx, weights\/layer one\.bin.*put-object --checksum-algorithm SHA256/s,
  },
  {
    fault: 'the role may not read the model in S3',
    fixture: loading('green'),
    arrange: async (fixture) => {
      await publish()(fixture);
      fixture.aws.faults.inject(denied);
    },
    ends: refused,
    says: /HeadObject failed for s3:.*npm run bootstrap/s,
  },
  {
    fault: 'the containers have loaded another model than the release says',
    fixture: loading('green', `sha256:${'f'.repeat(64)}`),
    arrange: publish(),
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 },
    says: /probe of green.*loaded the model sha256:f{64}, expected sha256:/,
    real: { impossible: 'the bakes of accelerated rows are over before a second round of questions' },
  },
  withoutProbes({
    fault: 'the containers have loaded another model than the release says, and nothing probes them',
    fixture: loading('green', `sha256:${'f'.repeat(64)}`),
    arrange: publish(),
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
    says: /the smoke test failed.*loaded the model sha256:f{64}, expected sha256:/,
  }),
  {
    fault: 'a rollback to a release of which nothing tells whether its model in S3 is whole',
    fixture: loading('old'),
    arrange: async (fixture) => {
      await publish()(fixture);
      fixture.aws.faults.inject(denied);
    },
    runs: [{ action: 'rollback' }],
    ends: back,
    says: /the model in S3 was not checked.*HeadObject failed/s,
  },
  {
    fault: 'a rollback to a release whose model in S3 has no checksums',
    fixture: loading('old'),
    arrange: publish({}, null),
    runs: [{ action: 'rollback' }],
    ends: back,
    says: /the model in S3 was not checked: S3 keeps no SHA-256/,
  },
  {
    fault: 'a rollback to a release whose model in S3 was overwritten',
    fixture: loading('old'),
    arrange: publish({ 'model.onnx': 'evil' }),
    runs: [{ action: 'rollback' }],
    ends: refused,
    says: /is not what the release says/,
  },
];
