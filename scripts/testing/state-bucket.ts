import type { BucketPlace } from '../../actions/lib/adapters/checkout/state-bucket.ts';

/** Makes a bucket for state and ledgers at a local S3, where it is missing. @throws Error when S3 refuses. */
export async function makeStateBucket(
  endpoint: string,
  { bucket, region }: BucketPlace,
  accessKeyId = 'test',
): Promise<void> {
  // A local S3 checks no signature, but the credential scope says which service is meant.
  const scope = `${accessKeyId}/20260101/${region}/s3/aws4_request`;
  const answer = await fetch(`${endpoint}/${bucket}`, {
    method: 'PUT',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` },
    body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
  });
  // 409: it is there already.
  if (answer.ok || answer.status === 409) return;
  throw new Error(`the state bucket ${bucket} could not be made: ${String(answer.status)} ${await answer.text()}`);
}
