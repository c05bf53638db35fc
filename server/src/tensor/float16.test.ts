import { describe, expect, it } from 'vitest';
import { float16ToNumber, numberToFloat16 } from './float16.ts';

describe('float16', () => {
  // The values are compared without expect, which takes seconds for so many.
  const patterns = Array.from({ length: 65_536 }, (_, bits) => bits);

  it('restores every bit pattern, NaN as one NaN', () => {
    const wrong = patterns.filter((bits) => {
      const value = float16ToNumber(bits);
      return numberToFloat16(value) !== bits && !Number.isNaN(value);
    });
    expect(wrong).toEqual([]);
    expect(float16ToNumber(numberToFloat16(NaN))).toBeNaN();
  });

  it('rounds to the nearer neighbour, and ties to the even one', () => {
    const finite = patterns.slice(0, 0x7bff);
    const wrong = finite.filter((bits) => {
      const low = float16ToNumber(bits);
      const step = float16ToNumber(bits + 1) - low;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const rounded = [0.49, 0.5, 0.51].map((share) => numberToFloat16(low + step * share));
      return rounded.join() !== [bits, even, bits + 1].join();
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    [65_504, 0x7bff],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [-65_520, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
  ])('writes %d as %d', (value, bits) => {
    expect(numberToFloat16(value)).toBe(bits);
  });
});
