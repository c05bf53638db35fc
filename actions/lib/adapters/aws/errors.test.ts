import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../domain/errors/service-error.ts';
import { callAws, classifyAwsError } from './errors.ts';

describe('an error of AWS', () => {
  it.each([
    ['ValidationException', 'Could not find endpoint "arn".', 400, 'missing'],
    ['ValidationException', 'Cannot update in-progress endpoint "arn".', 400, 'in-progress'],
    ['ValidationException', '1 validation error detected', 400, 'invalid'],
    ['ThrottlingException', 'Rate exceeded', 400, 'throttled'],
    ['ResourceLimitExceeded', 'The account-level service limit', 400, 'limit'],
    ['AccessDeniedException', 'not authorized to perform', 400, 'denied'],
    ['ExpiredTokenException', 'The security token included in the request is expired', 400, 'expired-credentials'],
    ['ExpiredToken', 'expired', 403, 'expired-credentials'],
    ['RepositoryNotFoundException', 'The repository does not exist', 400, 'missing'],
    ['InternalFailure', 'oops', 500, 'unavailable'],
    ['TimeoutError', 'socket hang up', undefined, 'unavailable'],
    ['Error', 'read ECONNRESET', undefined, 'unavailable'],
  ] as const)('%s "%s" with status %s is %s', (name, message, status, kind) => {
    expect(classifyAwsError(name, message, status)).toBe(kind);
  });

  it('names the call, the resource and the remedy, and keeps the cause', async () => {
    const cause = Object.assign(new Error('Rate exceeded'), {
      name: 'ThrottlingException',
      $metadata: { httpStatusCode: 400 },
    });
    const call = callAws('DescribeEndpoint', 'endpoint e', () => Promise.reject(cause));
    await expect(call).rejects.toBeInstanceOf(ServiceError);
    await expect(call).rejects.toMatchObject({
      kind: 'throttled',
      cause,
      message: expect.stringMatching(
        /DescribeEndpoint failed for endpoint e[^]*ThrottlingException: Rate exceeded[^]*remedy/,
      ) as string,
    });
  });
});
