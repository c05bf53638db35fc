import { ModelError } from '@aws-sdk/client-sagemaker-runtime';
import { describe, expect, it } from 'vitest';
import { invocationFailure } from './sagemaker-runtime.ts';

function modelError(original: object): ModelError {
  return new ModelError({ message: 'the container failed', $metadata: { httpStatusCode: 424 }, ...original });
}

function failure(name: string, httpStatusCode: number | undefined): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}

describe('an invocation that fails', () => {
  it('is the answer of the container where it gave a status', () => {
    const result = invocationFailure(modelError({ OriginalStatusCode: 422, OriginalMessage: 'no' }), 5);
    expect(result).toMatchObject({ kind: 'answered', status: 422, body: Buffer.from('no') });
  });

  it.each([
    ['a ModelError without a status', modelError({}), 'failed'],
    // What SageMaker gives where the container did not answer within 60 s.
    ['a ModelError with the status 0', modelError({ OriginalStatusCode: 0 }), 'failed'],
    ['a model that is not ready', failure('ModelNotReadyException', 429), 'failed'],
    ['an internal error', failure('InternalFailure', 500), 'failed'],
    ['too many calls', failure('ThrottlingException', 400), 'not-asked'],
    ['a role without the right', failure('AccessDeniedException', 403), 'not-asked'],
    ['a connection that is reset', failure('ECONNRESET', undefined), 'not-asked'],
  ] as const)('tells what came of it: %s', (_what, error, kind) => {
    expect(invocationFailure(error, 5).kind).toBe(kind);
  });
});
