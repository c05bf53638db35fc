import { AwsError } from './aws-error.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** One page of a list; the token is the offset of the next one, opaque to callers. @throws AwsError for a foreign token. */
export function paginate<Item>(all: readonly Item[], pageSize: number, token: string | undefined): Page<Item> {
  const offset = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(offset) || offset < 0) {
    throw new AwsError('ValidationException', 'The pagination token is invalid.');
  }
  const end = offset + pageSize;
  const nextToken = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: all.slice(offset, end), nextToken };
}
