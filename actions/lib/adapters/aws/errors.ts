import { ServiceError, type ServiceErrorKind } from '../../domain/errors/service-error.ts';

/**
 * Runs one call of an AWS client; the only place where exceptions of the SDK become errors of the domain.
 *
 * @throws ServiceError with the SDK's exception as `cause`.
 */
export async function callAws<Result>(
  operation: string,
  resource: string,
  call: () => Promise<Result>,
  remedies: Readonly<Partial<Record<ServiceErrorKind, string>>> = {},
): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    const { name, message, status } = describeSdkError(cause);
    const kind = classifyAwsError(name, message, status);
    throw new ServiceError({
      kind,
      operation,
      resource,
      message: name === '' || message.startsWith(name) ? message : `${name}: ${message}`,
      remedy: remedies[kind],
      cause,
    });
  }
}

/** What a call gives, or undefined where the thing that it is about does not exist. */
export async function missingAsUndefined<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ServiceError && error.kind === 'missing') return undefined;
    throw error;
  }
}

interface SdkError {
  readonly name: string;
  readonly message: string;
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
}

/** Name, message and HTTP status of what the SDK threw. */
export function describeSdkError(error: unknown): SdkError {
  if (!(error instanceof Error)) return { name: '', message: String(error), status: undefined };
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  const code: unknown = Reflect.get(error, 'code');
  // Node reports a refused connection to several addresses as an AggregateError without a message.
  const message = error.message === '' && typeof code === 'string' ? code : error.message;
  return { name: error.name, message, status: typeof status === 'number' ? status : undefined };
}

const EXPIRED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'CredentialsProviderError',
  'TokenRefreshRequired',
]);
const DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
]);
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
]);
const LIMIT = new Set([
  'ResourceLimitExceeded',
  'LimitExceededException',
  'LimitExceeded',
  'ServiceQuotaExceededException',
]);
const MISSING = new Set([
  'ResourceNotFound',
  'ResourceNotFoundException',
  'RepositoryNotFoundException',
  'ImageNotFoundException',
  'ObjectNotFoundException',
  'NoSuchBucket',
  'NoSuchKey',
  'NotFound',
]);

/** What kind of failure an AWS error is, by its name, its message and its HTTP status. */
export function classifyAwsError(name: string, message: string, status: number | undefined): ServiceErrorKind {
  if (EXPIRED.has(name)) return 'expired-credentials';
  if (DENIED.has(name)) return 'denied';
  if (THROTTLED.has(name)) return 'throttled';
  if (LIMIT.has(name)) return 'limit';
  if (MISSING.has(name)) return 'missing';
  // SageMaker has no error code of its own for these two: both are a ValidationException, told apart by message.
  if (/^Cannot update in-progress /.test(message)) return 'in-progress';
  if (/^Could not find /.test(message)) return 'missing';
  if (name === 'ResourceInUse' || name === 'ConcurrentUpdateException') return 'in-progress';
  // An answer to HEAD has no body, so S3 names no error.
  if (status === 403) return 'denied';
  if (status !== undefined && status >= 400 && status < 500) return 'invalid';
  return 'unavailable';
}
