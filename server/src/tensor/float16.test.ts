import { describe, expect, it } from 'vitest';
import { float16ToNumber, numberToFloat16 } from './float16.ts';

describe('float16', () => {
  it('restores every bit pattern, NaN as one NaN', () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = float16ToNumber(bits);
      if (Number.isNaN(value)) expect(float16ToNumber(numberToFloat16(value))).toBeNaN();
      else expect(numberToFloat16(value)).toBe(bits);
    }
  });

  it('rounds to the nearer neighbour, and ties to the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const low = float16ToNumber(bits);
      const high = float16ToNumber(bits + 1);
      const middle = (low + high) / 2;
      expect(numberToFloat16(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
      expect(numberToFloat16(low + (high - low) * 0.49)).toBe(bits);
      expect(numberToFloat16(low + (high - low) * 0.51)).toBe(bits + 1);
    }
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
