import { expect, it } from 'vitest';
import { isUnprotected } from './unprotected.ts';

const schema = '{"properties":{"unprotected":{}}}';

it.each([
  ['says nothing', undefined, undefined, false],
  ['says so, and was never applied', 'accepted', undefined, true],
  ['said so when it was applied last', 'accepted', { schema, environmentFile: '{"unprotected":"accepted"}' }, true],
  ['says so for the first time', 'accepted', { schema, environmentFile: '{}' }, false],
  ['says so, and its file was not there', 'accepted', { schema, environmentFile: undefined }, false],
  ['says so, and nothing is known of the commit', 'accepted', { schema: undefined, environmentFile: undefined }, false],
  ['says so for the first time since the setting exists', 'accepted', { schema: '{}', environmentFile: '{}' }, true],
  ['says so no longer', undefined, { schema, environmentFile: '{"unprotected":"accepted"}' }, false],
] as const)('tells of an environment that %s whether it goes unprotected', (_what, now, applied, expected) => {
  expect(isUnprotected(now, applied)).toBe(expected);
});
