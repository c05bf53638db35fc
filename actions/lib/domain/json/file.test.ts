import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { decodeText, parseJsonFile, refuseRoundedNumbers } from './file.ts';

const schema = z.strictObject({
  name: z.string().regex(/^[a-z]+$/, 'a name in lower case'),
  count: z.number(),
  isOn: z.boolean(),
  list: z.array(z.string()).min(1),
  form: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('round'), radius: z.number() }),
    z.strictObject({ kind: z.literal('square') }),
  ]),
  either: z.union([z.literal('off'), z.int()]),
  table: z.record(z.string().regex(/^\d+$/, 'a number as a text'), z.string()),
});
const VALID = {
  name: 'a',
  count: 1,
  isOn: true,
  list: ['x'],
  form: { kind: 'square' },
  either: 1,
  table: { '1': 'x' },
};

function errorOf(text: string): UserError {
  try {
    parseJsonFile({ path: 'thing.json', text }, schema, 'Correct it.');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseJsonFile', () => {
  it.each([
    ['a missing key', { count: undefined }, 'count', 'a number', 'nothing'],
    ['another type', { isOn: 'yes' }, 'isOn', 'true or false', '"yes"'],
    ['a type before its own format', { name: 5 }, 'name', 'a text in double quotes', '5'],
    ['its own words of a format', { name: 'A' }, 'name', 'a name in lower case', '"A"'],
    ['an unknown key', { nmae: 'a' }, '(root)', `no other keys than ${Object.keys(VALID).join(', ')}`, '"nmae"'],
    ['an empty list', { list: [] }, 'list', 'at least 1 entries', '[]'],
    ['an unknown form', { form: { kind: 'oval' } }, 'form.kind', 'one of "round", "square"', '"oval"'],
    ['none of two types', { either: 'on' }, 'either', '"off", or a number', '"on"'],
    ['a key of another form', { table: { a: 'x' } }, 'table.a', 'a key that is a number as a text', '"x"'],
  ])('tells %s in words of its own', (_, change, at, expected, found) => {
    const { parts } = errorOf(JSON.stringify({ ...VALID, ...change }));
    expect(parts).toMatchObject({ where: `thing.json at ${at}`, expected, found, remedy: 'Correct it.' });
  });

  it('reads texts of many megabytes, with escapes and without', () => {
    for (const part of ['a', '\\n', 'ab\\u00e9']) {
      const text = `{"a":"${part.repeat(10_000_000 / part.length)}"}`;
      expect(parseJsonFile({ path: 'a.json', text }, z.looseObject({}), '')).toEqual(JSON.parse(text));
    }
  });

  it.each([
    ['{"a": 1,\n "b": 2, "a": 1}', 'line 2, column 10', '"a"'],
    ['{"a": [{"b": 1, "\\u0062": 2}]}', 'line 1, column 17', '"\\u0062"'],
    ['{"a": {"__proto__": 1}}', 'line 1, column 8', '"__proto__"'],
    ['{"a": {"\\u005f_proto__": 1}}', 'line 1, column 8', '"\\u005f_proto__"'],
    ['{"a": "x\\ud83dy"}', 'line 1, column 7', '"x\\ud83dy"'],
    ['{"a": "\\uDE00"}', 'line 1, column 7', '"\\uDE00"'],
  ])('says where readers take %j in different ways', (text, where, found) => {
    expect(errorOf(text).parts).toMatchObject({
      what: 'thing.json means different things to different readers',
      where: `thing.json ${where}`,
      found,
    });
  });

  it.each(['2.00000000000000000001', '9007199254740993', '0.1000000000000000055511', '1e-400'])(
    'refuses %s, which is rounded',
    (number) => {
      expect(() => {
        refuseRoundedNumbers({ path: 'thing.json', text: `{"a": [1, ${number}]}` });
      }).toThrow(
        `more digits than a float64 holds.\n  where:    thing.json\n  expected: a number that every reader takes for the same\n  found:    ${number}`,
      );
    },
  );

  it.each(['0', '-0', '1.50', '100e-2', '0.1', '1E+3', '9007199254740992', '0.30000000000000004', '1e300'])(
    'takes %s',
    (number) => {
      refuseRoundedNumbers({ path: 'thing.json', text: `{"a": ${number}}` });
    },
  );

  it('reads a surrogate pair', () => {
    expect(parseJsonFile({ path: 'a.json', text: '"\\ud83d\\ude00"' }, z.string(), '')).toBe('\u{1f600}');
  });

  it('says of a number that it is too large', () => {
    const text = JSON.stringify(VALID).replace('"count":1', '"count":1e400');
    expect(errorOf(text).parts).toMatchObject({ where: 'thing.json at count', found: 'a number that is too large' });
  });

  it.each([
    ['a byte order mark', Buffer.from('\ufeff{}'), 'a byte order mark before the text'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'a text in UTF-16'],
    ['Latin-1', Buffer.from('{"a": "é"}', 'latin1'), 'bytes that are no characters in UTF-8'],
  ])('refuses %s', (_, bytes, found) => {
    const read = (): unknown => decodeText('thing.json', bytes);
    expect(read).toThrow(UserError);
    expect(read).toThrow(`found:    ${found}\n  remedy:   Save it again as UTF-8`);
  });

  it('carries every problem, and says how many there are', () => {
    const { parts } = errorOf(JSON.stringify({ ...VALID, count: 'x', isOn: 1 }));
    expect(parts.what).toBe('thing.json is not valid (the first of 2 problems)');
    expect(parts.problems?.map(({ where }) => where)).toEqual(['thing.json at count', 'thing.json at isOn']);
  });

  it.each([
    ['', 'line 1, column 1', 'an empty file'],
    ['{"a": 1,}', 'line 1, column 9', '}'],
    ['{\n  "a": tru\n}', 'line 2, column 8', 'tru'],
    ['<<<<<<< HEAD\n{}', 'line 1, column 1', '<'],
    ['{"a": 1} {', 'line 1, column 10', '{'],
    ["{'a': 1}", 'line 1, column 2', "'"],
    ['{"a": 01}', 'line 1, column 7', '01'],
    ['{"a": "x', 'line 1, column 9', 'the end of the file'],
    [`${'['.repeat(5000)}1${']'.repeat(5000)}`, 'line 1, column 201', '['],
  ])('says where %j is not JSON', (text, where, found) => {
    expect(errorOf(text).parts).toMatchObject({
      what: 'thing.json is not JSON',
      where: `thing.json ${where}`,
      found,
    });
  });
});
