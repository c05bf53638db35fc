import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deflatedZip, parseNpy, parseZip, renderNpy, renderZip } from '../testing/numpy-files.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** An npy file as numpy writes it. */
function npy(descr: string, shape: string, data: Buffer, fortran = 'False'): Buffer {
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
  const header = `${dictionary.padEnd(117)}\n`;
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header), data]);
}

describe('npy', () => {
  it('writes the same bytes as numpy', () => {
    const tensor: Tensor = { type: 'float32', shape: [2], data: Float32Array.of(1, -2.5) };
    expect(renderNpy(tensor)).toEqual(npy('<f4', '(2,)', Buffer.from(Float32Array.of(1, -2.5).buffer)));
  });

  it.each<[string, Tensor]>([
    ['a scalar', { type: 'int64', shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
    ['no elements', { type: 'float64', shape: [0, 3], data: new Float64Array(0) }],
    ['float16', { type: 'float16', shape: [1, 2], data: Uint16Array.of(0x3c00, 0xfc00) }],
    ['bool', { type: 'bool', shape: [2], data: Uint8Array.of(0, 1) }],
    ['text beyond the basic plane', { type: 'string', shape: [2], data: ['a', 'grüß 🎈'] }],
  ])('reads back %s', (_, tensor) => {
    expect(parseNpy(renderNpy(tensor))).toEqual(tensor);
  });

  it('reads big-endian and column-major arrays', () => {
    const data = Buffer.alloc(24);
    for (const [index, value] of [1, 4, 2, 5, 3, 6].entries()) data.writeInt32BE(value, index * 4);
    const expected = { type: 'int32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 5, 6) };
    expect(parseNpy(npy('>i4', '(2, 3)', data, 'True'))).toEqual(expected);
  });

  it.each([
    ['text', Buffer.from('hello world, this is text'), 'does not begin with'],
    ['too few bytes', npy('<f4', '(3,)', Buffer.alloc(8)), 'must be 12 bytes for shape (3), got 8'],
    ['a shape beyond the data', npy('<f8', '(999999999999, 999999)', Buffer.alloc(8)), 'npy data must be'],
    ['objects', npy('|O', '(1,)', Buffer.alloc(8)), 'objects would run code'],
    ['a bool of 2', npy('|b1', '(1,)', Buffer.from([2])), 'a bool must be the byte 0 or 1'],
    ['complex numbers', npy('<c8', '(1,)', Buffer.alloc(8)), 'dtype "<c8" is not supported'],
  ])('refuses %s', (_, file, message) => {
    expect(() => parseNpy(file)).toThrow(message);
  });

  it('throws only problems, for any bytes', () => {
    expectOnlyProblems(npy('<f4', '(2,)', Buffer.alloc(8)), parseNpy, 100);
  });
});

describe('npz', () => {
  const entries = [
    { name: 'a.npy', content: Buffer.from('first') },
    { name: 'ü.npy', content: Buffer.alloc(1000, 7) },
  ];

  it('reads the archives that it writes', () => {
    expect(parseZip(renderZip(entries), 10_000).map(({ name, content }) => [name, Buffer.from(content)])).toEqual(
      entries.map(({ name, content }) => [name, content]),
    );
  });

  it('reads deflated members, and refuses members that unpack beyond the limit', () => {
    const content = Buffer.alloc(100_000, 1);
    const file = deflatedZip('a.npy', content);
    expect(parseZip(file, 200_000)[0]?.content).toEqual(content);
    expect(() => parseZip(file, 50_000)).toThrow('unpacks to more than the body limit allows');
  });

  it('refuses a member that does not match its checksum', () => {
    const file = renderZip(entries);
    file[file.indexOf('first')] = 0;
    expect(() => parseZip(file, 10_000)).toThrow('"a.npy" does not match its checksum');
  });

  it('throws only problems, for any bytes', () => {
    const good = deflatedZip('a.npy', Buffer.from('abcabcabcabc'));
    expectOnlyProblems(good, (file) => parseZip(file, 1000), 1000);
  });
});

/** Reads copies of a file that are cut and have one byte changed: only problems may be thrown. */
function expectOnlyProblems(good: Buffer, read: (file: Buffer) => unknown, numRuns: number): void {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const file = Buffer.from(good);
      file[at] = byte;
      try {
        read(file.subarray(0, length));
      } catch (error) {
        expect((error as Error).name).toBe('Problem');
      }
    }),
    { numRuns },
  );
}
