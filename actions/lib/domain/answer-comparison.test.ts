import { describe, expect, it } from 'vitest';
import { compareAnswers, compareOutputs, compareValues } from './answer-comparison.ts';

const exactly = { absolute: 0, relative: 0 };

describe('comparing values', () => {
  it.each([
    ['equal numbers', 1, 1, exactly, null],
    ['numbers within the absolute tolerance', 1, 1.25, { absolute: 0.25, relative: 0 }, null],
    ['numbers beyond it', 1, 1.26, { absolute: 0.25, relative: 0 }, 'x'],
    ['numbers within the relative tolerance', -200, -199, { absolute: 0, relative: 0.01 }, null],
    ['not a number for a number', 1, 'NaN', { absolute: 5, relative: 0 }, 'x'],
    ['the same text', 'cat', 'cat', exactly, null],
    ['another text', 'cat', 'dog', { absolute: 5, relative: 5 }, 'x'],
    ['arrays of another length', [1, 2], [1], exactly, 'x'],
    ['a difference deep inside', { a: [{ b: 1 }] }, { a: [{ b: 2 }] }, exactly, 'x.a[0].b'],
    ['a key too many', { a: 1 }, { a: 1, b: 2 }, exactly, 'x.b'],
    ['a key too few', { a: 1 }, {}, exactly, 'x.a'],
    ['null for zero', 0, null, exactly, 'x'],
  ])('holds %s against each other', (_case, expected, found, tolerance, at) => {
    expect(compareValues(expected, found, tolerance, 'x')?.at ?? null).toBe(at);
  });
});

describe('comparing the outputs of a case', () => {
  const output = (value: number[]) => ({ value, ...exactly });

  it('finds outputs by key and by JSON pointer', () => {
    const body = JSON.stringify({ prediction: [1], outputs: [{ data: [2] }], 'a/b': [3] });
    expect(
      compareOutputs({ prediction: output([1]), '/outputs/0/data': output([2]), '/a~1b': output([3]) }, body),
    ).toBeNull();
  });

  it.each([
    ['a missing output', '{}', { at: 'prediction', expected: '[1]', found: 'nothing' }],
    ['an inherited name', '[]', { at: 'prediction', expected: '[1]', found: 'nothing' }],
    ['an answer that is not JSON', '<html>', { at: 'the answer', expected: 'JSON', found: '<html>' }],
  ])('says what is wrong with %s', (_case, body, difference) => {
    expect(compareOutputs({ prediction: output([1]) }, body)).toEqual(difference);
  });
});

describe('comparing answers of two releases', () => {
  it.each([
    ['JSON', '{"y":[1.0]}', '{"y":[1.05]}', true],
    ['CSV', '1.0,2.0\n3.0', '1.05,2.0\n3.0', true],
    ['JSON beyond the tolerance', '{"y":[1.0]}', '{"y":[1.2]}', false],
    ['CSV beyond the tolerance', '1.0,2.0', '1.0,2.2', false],
    ['JSON and something else', '{"y":[1.0]}', 'an error', false],
  ])('knows numbers in %s', (_case, before, after, agree) => {
    expect(compareAnswers(before, after, { absolute: 0.1, relative: 0 }) === null).toBe(agree);
  });
});
