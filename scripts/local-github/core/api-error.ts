/** An answer of the API that is not what the caller asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more };
    this.headers = headers;
  }
}

/** What GitHub answers for what isn't there, and for what a token may not even know of. */
export const notFound = (): ApiError => new ApiError(404, 'Not Found');

/** What GitHub answers when a request is well-formed and cannot be done. */
export function invalid(resource: string, field: string, message: string): ApiError {
  return new ApiError(422, 'Validation Failed', { errors: [{ resource, code: 'custom', field, message }] });
}
