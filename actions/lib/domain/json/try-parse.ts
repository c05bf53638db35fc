/** The value of a JSON text, or undefined where it is none: for texts that nobody is told of. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
