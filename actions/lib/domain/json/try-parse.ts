/** The value of a JSON text, or undefined where it is none: for texts that nobody is told of. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The array or object of a JSON text, or undefined for any other text. */
export function tryParseStructure(text: string): object | undefined {
  const value = /^\s*[[{]/.test(text) ? tryParseJson(text) : undefined;
  return typeof value === 'object' && value !== null ? value : undefined;
}
