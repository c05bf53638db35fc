import { describe, expect, it } from 'vitest';
import { digestOfMeaning, meaningOf, unshownChanges, type PlanMeaning } from './meaning.ts';
import { parsePlanJson } from './plan-json.ts';
import { createScrubber } from './redact.ts';
import { renderUnshown } from './unshown-changes.ts';

const visibility = { visibleKeys: new Set<string>(), scrubber: createScrubber([]) };

interface Planned {
  readonly address?: string;
  readonly actions?: readonly string[];
  readonly before?: object | null;
  readonly after?: object | null;
  readonly more?: object;
}

function meaning(changes: readonly Planned[], live: string | null = 'live'): PlanMeaning {
  const plan = {
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: changes.map(({ address = 'a.b', actions = ['update'], before = {}, after = {}, more }) => ({
      ...{ address, mode: 'managed', type: 'a', name: 'b' },
      change: { actions, before, after, after_unknown: {}, before_sensitive: {}, after_sensitive: {}, ...more },
    })),
  };
  return meaningOf(parsePlanJson(JSON.stringify(plan)), live, visibility);
}

const unshown = (now: readonly Planned[], shown: readonly Planned[]): readonly string[] =>
  renderUnshown(unshownChanges(meaning(now).changes, meaning(shown).changes));

const create = { actions: ['create'], before: null } as const;

describe('what was not shown', () => {
  it.each<[string, readonly Planned[], readonly Planned[]]>([
    ['the same change', [{ after: { x: 1 } }], [{ after: { x: 1 } }]],
    ['the same values from others', [{ before: { x: 3 }, after: { x: 1 } }], [{ before: { x: 2 }, after: { x: 1 } }]],
    ['fewer changes', [], [{ after: { x: 1 } }]],
    ['fewer values of an update', [{ after: { x: 1 } }], [{ after: { x: 1, y: 2 } }]],
    ['what stays as it is', [{ actions: ['no-op'], before: { x: 1 }, after: { x: 1 } }], []],
    ['the same creation', [{ ...create, after: { x: 1 } }], [{ ...create, after: { x: 1 } }]],
  ])('is nothing: %s', (_case, now, shown) => {
    expect(unshown(now, shown)).toEqual([]);
  });

  it.each<[string, readonly Planned[], readonly Planned[], readonly string[]]>([
    ['another resource', [{ address: 'a.c', after: { x: 1 } }], [{ after: { x: 1 } }], ['+ update a.c', '+   x = 1']],
    ['another value', [{ after: { x: 2 } }], [{ after: { x: 1 } }], ['+ update a.b', '-   x = 1', '+   x = 2']],
    ['one value more', [{ after: { x: 1, y: 2 } }], [{ after: { x: 1 } }], ['+ update a.b', '+   y = 2']],
    [
      'another action',
      [{ actions: ['delete', 'create'], after: { x: 1 } }],
      [{ after: { x: 1 } }],
      ['- update a.b', '+ delete then create a.b'],
    ],
    [
      'replacing before deleting',
      [{ actions: ['create', 'delete'], after: { x: 1 } }],
      [{ actions: ['delete', 'create'], after: { x: 1 } }],
      ['- delete then create a.b', '+ create then delete a.b'],
    ],
    [
      'a creation that lacks a value',
      [{ ...create, after: { x: 1 } }],
      [{ ...create, after: { x: 1, encrypted: true } }],
      ['+ create a.b', '-   encrypted = true'],
    ],
    [
      'a value that was known and no longer is',
      [{ after: { x: 1 }, more: { after_unknown: { y: true } } }],
      [{ after: { x: 1, y: 2 } }],
      ['+ update a.b', '-   y = 2', '+   y = (unknown)'],
    ],
  ])('is told: %s', (_case, now, shown, expected) => {
    expect(unshown(now, shown)).toEqual(expected);
  });
});

describe('a long list of what was not shown', () => {
  it('is bounded, in values and in lines', () => {
    const after = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`k${String(index)}`, 'x'.repeat(9_000)]),
    );
    const lines = unshown([{ after }], []);
    expect(lines.at(-1)).toBe('  and 471 more lines');
    expect(lines.join('\n').length).toBeLessThan(15_000);
    expect(lines[1]).toMatch(/^\+ {3}k0 = "x{159}… \(9,002 characters, SHA-256 [0-9a-f]{12}…\)$/);
  });
});

describe('numbers that JavaScript rounds', () => {
  const digest = (number: string): string => {
    const change = `{"actions":["update"],"before":{"n":1},"after":{"n":${number}},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}`;
    const resource = `{"address":"a.b","mode":"managed","type":"a","name":"b","change":${change}}`;
    const plan = parsePlanJson(`{"format_version":"1.2","resource_changes":[${resource}]}`);
    return digestOfMeaning(meaningOf(plan, null, visibility));
  };

  it.each([
    ['9007199254740993', '9007199254740992'],
    ['0.1', '0.1000000000000000055511151231257827'],
    ['1e400', '1e401'],
  ])('%s and %s have digests of their own', (one, other) => {
    expect(digest(one)).not.toBe(digest(other));
    expect(digest(one)).toBe(digest(one));
  });
});

describe('the digest', () => {
  it('is the same for the same meaning in another order, and another one for another release', () => {
    const [one, two] = [{ after: { x: 1 } }, { address: 'a.a', after: { x: 2 } }];
    const digest = digestOfMeaning(meaning([one, two]));
    expect(digestOfMeaning(meaning([two, one]))).toBe(digest);
    expect(digestOfMeaning(meaning([one, two], 'other'))).not.toBe(digest);
    expect(digestOfMeaning(meaning([one]))).not.toBe(digest);
  });
});
