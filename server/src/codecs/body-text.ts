import { Problem } from '../errors/problem.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a body. @throws Problem 400 if it is not UTF-8 */
export function bodyText(body: Buffer): string {
  // Short bodies are nearly always ASCII: this check is several times faster than a decoder that validates.
  if (body.length < 1024) {
    const text = body.toString('latin1');
    if (!/[^\0-\x7f]/.test(text)) return text;
  }
  try {
    return decoder.decode(body);
  } catch (error) {
    throw new Problem(400, 'the body is not valid UTF-8', { cause: error });
  }
}
