import { constants } from 'node:buffer';
import { Problem } from '../errors/problem.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a body. @throws Problem 400 if it is not UTF-8, 413 if it is longer than a string can be */
export function bodyText(body: Buffer): string {
  // Short bodies are nearly always ASCII: this check is several times faster than a decoder that validates.
  if (body.length < 1024) {
    const text = body.toString('latin1');
    if (!/[^\0-\x7f]/.test(text)) return text;
  }
  if (body.length > constants.MAX_STRING_LENGTH) {
    throw new Problem(413, `a text of ${body.length} bytes is longer than this server can read in one piece`);
  }
  try {
    return decoder.decode(body);
  } catch (error) {
    throw notUtf8(error);
  }
}

/** Decodes a body that comes in pieces, cut anywhere. The function that it returns throws Problem 400 if it is not UTF-8. */
export function bodyTextReader(): (piece: Buffer, isLast: boolean) => string {
  const pieces = new TextDecoder('utf-8', { fatal: true });
  return (piece, isLast) => {
    try {
      return pieces.decode(piece, { stream: !isLast });
    } catch (error) {
      throw notUtf8(error);
    }
  };
}

function notUtf8(error: unknown): Problem {
  return new Problem(400, 'the body is not valid UTF-8', { cause: error });
}
