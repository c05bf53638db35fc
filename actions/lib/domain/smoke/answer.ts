/** The body of a container's answer, with what is known of its form. */
export interface Answer {
  /** Bytes; or text, where whoever asked has decoded it. */
  readonly body: Uint8Array | string;
  /** The media type that the container gave; undefined where it gave none. */
  readonly contentType?: string | undefined;
}

/** The media type without its parameters, in lower case; undefined where there is none. */
export function mediaTypeOf({ contentType }: Answer): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type === '' ? undefined : type;
}

/** The bytes of an answer. */
export function bytesOf({ body }: Answer): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** The text of an answer, or undefined where its bytes are no UTF-8. */
export function textOf({ body }: Answer): string | undefined {
  if (typeof body === 'string') return body;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** An answer for people: its text, or what its bytes are. */
export function showAnswer(answer: Answer): string {
  const text = textOf(answer);
  if (text === undefined) return `${bytesOf(answer).length} bytes that are no text`;
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
