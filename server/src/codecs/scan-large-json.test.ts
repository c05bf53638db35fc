import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachItemGroup, isList, isObject } from './json-values.ts';
import { parseJson } from './lossless-json.ts';
import { scanLargeJson } from './scan-large-json.ts';
import { runAtOnce } from './steps.ts';
import { Problem } from '../errors/problem.ts';

/** The value of a text, with all long lists read. */
function scan(text: string, partBytes: number): unknown {
  return expand(runAtOnce(scanLargeJson(Buffer.from(text), parseJson, partBytes)));
}

function expand(value: unknown): unknown {
  if (isList(value)) return [...eachItemGroup(value)].flatMap(([items]) => items.map(expand));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, expand(each)]));
  return value;
}

const blanks = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
const anyText = fc.tuple(fc.jsonValue({ maxDepth: 4 }), blanks, fc.array(fc.integer(), { maxLength: 200 })).map(
  // Long lists at several places, and blanks around what they are beside.
  ([value, blank, list]) =>
    `${blank}{"a"${blank}:${blank}${JSON.stringify(value, undefined, blank)}${blank},"b":[[${list.join(`${blank},`)}],${JSON.stringify(value)}${blank}]}${blank}`,
);

function countKeys(json: string): number {
  return json.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0;
}

describe('scanLargeJson', () => {
  it('gives what JSON.parse gives, however short its parts are', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 64 }), (text, partBytes) => {
        expect(scan(text, partBytes)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const damage = fc.constantFrom(',', ':', '[', ']', '{', '}', '"', '\\', '0', 'x', '');
    fc.assert(
      fc.property(anyText, fc.nat(), damage, fc.integer({ min: 1, max: 64 }), (text, at, piece, partBytes) => {
        const place = at % text.length;
        const damaged = text.slice(0, place) + piece + text.slice(place + 1);
        let expected: unknown;
        try {
          expected = JSON.parse(damaged);
        } catch {
          expect(() => scan(damaged, partBytes)).toThrow(Problem);
          return;
        }
        // Of equal keys JSON.parse takes the last one.
        if (countKeys(damaged) > countKeys(JSON.stringify(expected))) {
          expect(() => scan(damaged, partBytes)).toThrow('has a key twice');
        } else {
          expect(scan(damaged, partBytes)).toEqual(expected);
        }
      }),
      {
        numRuns: 1000,
        examples: [['{"a":{" ":1,"":2},"b":1}', 7, '', 1]],
      },
    );
  });

  it.each([
    ['a key twice', `{"a":[${'1,'.repeat(100)}1],"a":2}`, 'has a key twice'],
    ['deep nesting', '['.repeat(1000), 'nested deeper than 64 lists'],
    ['no end', '{"a":[1,2', 'it ends too early'],
    ['text behind its end', '[1] 2', 'unexpected character at byte 4'],
  ])('refuses %s', (_, text, message) => {
    expect(() => scan(text, 16)).toThrow(message);
  });
});
