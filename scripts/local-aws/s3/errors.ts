import type { WireResponse } from '../wire/messages.ts';
import { xmlResponse } from './xml.ts';

/** An error as S3 answers it. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: string;
  readonly status: number;
  readonly members: Readonly<Record<string, string>>;

  constructor(code: string, message: string, status: number, members: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** The answer to a request that failed; to HEAD, S3 sends no body. */
export function errorResponse(error: S3Error, method: string): WireResponse {
  if (method === 'HEAD') return { status: error.status, headers: {}, body: '' };
  const { code, message, members } = error;
  return xmlResponse(error.status, { Error: { Code: code, Message: message, ...members } });
}
