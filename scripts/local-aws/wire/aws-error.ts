export type ErrorFault = 'Sender' | 'Receiver';

/** An error answer of an AWS API: `code` is what SDKs switch on, `details` are further members of the error shape. */
export class AwsError extends Error {
  readonly code: string;
  readonly httpStatus: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, httpStatus = 400, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }

  get fault(): ErrorFault {
    return this.httpStatus < 500 ? 'Sender' : 'Receiver';
  }
}

/** SageMaker, Auto Scaling: the request breaks a rule of the service. */
export const validationException = (message: string) => new AwsError('ValidationException', message);
