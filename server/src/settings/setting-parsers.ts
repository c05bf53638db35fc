// Parsers of environment variables. Each throws an Error for a wrong value.

/** A whole number within bounds. @throws Error */
export const integer =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) throw new Error('out of range');
    return value;
  };

/** A number within bounds, without an exponent. @throws Error */
export const decimal =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < minimum || value > maximum) throw new Error('out of range');
    return value;
  };

/** The word auto, or a whole number within bounds. @throws Error */
export const integerOrAuto =
  (minimum: number, maximum: number) =>
  (text: string): number | 'auto' =>
    text === 'auto' ? 'auto' : integer(minimum, maximum)(text);

/** One of several words. @throws Error */
export function oneOf<const T extends string>(...allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw new Error('not among them');
    return found;
  };
}

/** The words true and false. @throws Error */
export const flag = (text: string): boolean => {
  if (text !== 'true' && text !== 'false') throw new Error('neither');
  return text === 'true';
};

/** Any text. */
export const text = (value: string): string => value;

/** Printable ASCII without blanks. @throws Error */
export const header = (value: string): string => {
  if (!/^[\x21-\x7e]{1,256}$/.test(value)) throw new Error('not printable ASCII');
  return value;
};
