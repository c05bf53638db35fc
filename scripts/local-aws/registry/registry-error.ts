import type { AwsError } from '../wire/aws-error.ts';

/** An error answer of the distribution API: one code and one sentence, as ECR words it. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
  }
}

const codes: Readonly<Record<string, readonly [number, string]>> = {
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  LayersNotFoundException: [400, 'MANIFEST_BLOB_UNKNOWN'],
  ReferencedImagesNotFoundException: [400, 'MANIFEST_BLOB_UNKNOWN'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
};

/** An ECR error as an error of the distribution API. */
export function toRegistryError(error: AwsError): RegistryError {
  const [status, code] = codes[error.code] ?? [400, 'UNSUPPORTED'];
  return new RegistryError(status, code, error.message, { cause: error });
}
