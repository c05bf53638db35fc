import { z } from 'zod';
import type { InstanceSpec, InvocationRequest, InvocationResponse } from '@sagemaker-gitops/local-aws';

/** How a fake container answers where it differs from the right answer. */
export interface ContainerAnswer {
  /** Weights of the three features; the model's own are 2, -1 and 0.5. */
  readonly weights?: readonly [number, number, number];
  /** What every value is off by. */
  readonly offset?: number;
  /** The release id that it gives; null for none. Default: its own. */
  readonly releaseId?: string | null;
  /** The digest of the model that it says it has loaded; default: it doesn't say. */
  readonly modelDigest?: string;
  /** The status of every answer to a good request. */
  readonly status?: number;
  readonly latencyMilliseconds?: number;
  /** The body of every answer with status 200, instead of a prediction. */
  readonly body?: { readonly contentType: string; readonly base64: string };
}

/** A body of an answer, from text or bytes. */
export function bodyOf(contentType: string, content: string | Uint8Array): NonNullable<ContainerAnswer['body']> {
  return { contentType, base64: Buffer.from(content).toString('base64') };
}

const request = z.object({ features: z.array(z.number()) });

/** A container of the sample model: linear in three features, 422 for anything else. */
export function linearModel(
  {
    weights = [2, -1, 0.5],
    offset = 0,
    releaseId,
    modelDigest,
    status = 200,
    latencyMilliseconds = 0,
    body,
  }: ContainerAnswer,
  time: { advance(milliseconds: number): Promise<void> },
): (request: InvocationRequest, spec: InstanceSpec) => Promise<InvocationResponse> {
  return async (invocation, spec) => {
    if (latencyMilliseconds > 0) await time.advance(latencyMilliseconds);
    const id = releaseId === undefined ? spec.environment['RELEASE_ID'] : releaseId;
    const said = [
      ...(id === null || id === undefined ? [] : [`release-id=${id}`]),
      ...(modelDigest === undefined ? [] : [`model-digest=${modelDigest}`]),
    ];
    const headers = {
      'content-type': body?.contentType ?? 'application/json',
      ...(said.length === 0 ? {} : { 'x-amzn-sagemaker-custom-attributes': said.join(';') }),
    };
    const { data } = request.safeParse(JSON.parse(invocation.body.toString()));
    if (data?.features.length !== 3) return { status: 422, headers, body: Buffer.from('{"title":"3 features"}') };
    if (status !== 200) return { status, headers, body: Buffer.from('{"title":"broken"}') };
    if (body !== undefined) return { status, headers, body: Buffer.from(body.base64, 'base64') };
    const sum = weights.reduce((total, weight, index) => total + weight * (data.features[index] ?? 0), 3 + offset);
    return { status, headers, body: Buffer.from(JSON.stringify({ prediction: [sum] })) };
  };
}
