import { describe, expect, it } from 'vitest';
import { attributeChanges, isSame, meantValues, type AttributeChange, type Visibility } from './diff.ts';
import { shorten } from '../text/shorten.ts';
import type { PlannedChange } from './plan-json.ts';
import { renderAttribute } from './resource-diff.ts';
import { createScrubber } from './redact.ts';

const visibility: Visibility = { visibleKeys: new Set(['LOG_LEVEL']), scrubber: createScrubber([]) };

function change(before: unknown, after: unknown, more: Partial<PlannedChange> = {}): PlannedChange {
  return {
    actions: ['update'],
    before,
    after,
    after_unknown: {},
    before_sensitive: {},
    after_sensitive: {},
    ...more,
  };
}

function lines(planned: PlannedChange, how: Visibility = visibility): readonly string[] {
  return attributeChanges(planned, how).map((attribute: AttributeChange) => renderAttribute(attribute));
}

describe('attributeChanges', () => {
  it('lists what is added, removed and changed, sorted by path', () => {
    expect(lines(change({ b: 1, c: 'x', same: true }, { a: 'new', b: 2, same: true }))).toEqual([
      '+ a = "new"',
      '! b: 1 -> 2',
      '- c = "x"',
    ]);
  });

  it('takes null for absent', () => {
    expect(lines(change({ a: null }, { b: null, c: [null] }))).toEqual([]);
  });

  it('says what is known only after apply, nested or not', () => {
    const planned = change({ id: 'old' }, { list: [{}] }, { after_unknown: { id: true, list: [{ arn: true }] } });
    expect(lines(planned)).toEqual(['! id: "old" -> (known after apply)', '+ list[0].arn = (known after apply)']);
  });

  it('hides what a mark of either side covers, at any depth', () => {
    const planned = change(
      { password: 'old-secret', deep: [{ token: 'a-secret', plain: 1 }] },
      { password: 'new-secret', deep: [{ token: 'b-secret', plain: 2 }] },
      { before_sensitive: { password: true }, after_sensitive: { deep: [{ token: true }] } },
    );
    expect(lines(planned)).toEqual([
      '! deep[0].plain: 1 -> 2',
      '! deep[0].token: (hidden) -> (hidden)  # a hidden value changes',
      '! password: (hidden) -> (hidden)  # a hidden value changes',
    ]);
  });

  it('shows nothing of a hidden value that stays', () => {
    const planned = change({ p: 'x' }, { p: 'x' }, { before_sensitive: { p: true }, after_sensitive: { p: true } });
    expect(lines(planned)).toEqual([]);
  });

  it('hides a value that only loses its mark', () => {
    const planned = change({ p: 'plain?' }, { p: 'plain?' }, { before_sensitive: { p: true }, after_sensitive: {} });
    expect(lines(planned)).toEqual(['! p: (hidden) -> (hidden)  # a hidden value changes']);
  });

  it('keeps marks inside a value whose kind changes', () => {
    const planned = change(
      { a: { token: 'a-secret', x: 1 } },
      { a: 'text' },
      { before_sensitive: { a: { token: true } } },
    );
    expect(lines(planned)).toEqual(['- a.token = (hidden)', '- a.x = 1', '+ a = "text"']);
  });

  it('keeps marks inside a value that becomes unknown', () => {
    const planned = change(
      { a: { token: 'a-secret', x: 1 } },
      {},
      { before_sensitive: { a: { token: true } }, after_unknown: { a: true } },
    );
    expect(lines(planned)).toEqual(['! a: {"token":"(hidden)","x":1} -> (known after apply)']);
  });

  it('hides container environment values that are not on the allow-list', () => {
    const before = { primary_container: [{ environment: { LOG_LEVEL: 'info', TOKEN: 'one' } }] };
    const after = { primary_container: [{ environment: { LOG_LEVEL: 'debug', TOKEN: 'two', OTHER: '3' } }] };
    expect(lines(change(before, after))).toEqual([
      '! primary_container[0].environment.LOG_LEVEL: "info" -> "debug"',
      '+ primary_container[0].environment.OTHER = (hidden)',
      '! primary_container[0].environment.TOKEN: (hidden) -> (hidden)  # a hidden value changes',
    ]);
  });

  it('hides a secret that stands somewhere else too', () => {
    const how = { ...visibility, scrubber: createScrubber(['hunter22']) };
    expect(lines(change({}, { a: 'hunter22', b: 'url?p=hunter22', hunter22: 1 }), how)).toEqual([
      '+ a = (hidden)',
      '+ b = "url?p=(hidden)"',
      '+ (hidden) = 1',
    ]);
  });

  it('compares a JSON document in a string member by member', () => {
    const planned = change({ policy: '{"A":1,"B":[1,2]}' }, { policy: '{"B":[1,2,3],"A":1}' });
    expect(lines(planned)).toEqual(['+ policy.B[2] = 3']);
  });

  it.each<[string, unknown, unknown, readonly string[]]>([
    [
      'a key that occurs twice',
      '{"limit": 1}',
      '{"limit": 999, "limit": 1}',
      [String.raw`! p: "{\"limit\": 1}" -> "{\"limit\": 999, \"limit\": 1}"`],
    ],
    [
      'a number that is rounded',
      '{"n":9007199254740993}',
      '{"n":9007199254740992}',
      ['! p.n: 9007199254740993 -> 9007199254740992'],
    ],
    ['a number in another notation', '{"n":1}', '{"n":1.0}', ['! p.n: 1 -> 1.0']],
    ['a null', '{"a":1,"n":null}', '{"a":1}', ['- p.n = null']],
    ['what is empty', '{"n":[]}', '{"n":{}}', ['! p.n: [] -> {}']],
    ['a text that becomes a list', '[1,2]', [1, 2], ['- p = "[1,2]"', '+ p[0] = 1', '+ p[1] = 2']],
    ['a list that becomes a text', [1, 2], '[1,2]', ['- p[0] = 1', '- p[1] = 2', '+ p = "[1,2]"']],
    ['a list that becomes an object', ['x'], { a: 'x' }, ['- p[0] = "x"', '+ p.a = "x"']],
    ['an empty list that becomes an object', [], {}, ['! p: [] -> {}']],
    ['an empty text', '', '{}', ['! p: "" -> "{}"']],
  ])('loses no change of %s', (_case, before, after, expected) => {
    expect(lines(change({ p: before }, { p: after }))).toEqual(expected);
    const meant = (from: unknown, to: unknown) => meantValues(change({ p: from }, { p: to }), visibility);
    expect(meant(before, after)).not.toEqual(meant(after, before));
  });

  it('hides a container environment in a text that becomes something else', () => {
    const text = JSON.stringify({ environment: { TOKEN: 'a-secret', LOG_LEVEL: 'info' } });
    expect(lines(change({ p: text }, { p: ['x'] }))).toEqual([
      String.raw`- p = "{\"environment\":{\"TOKEN\":\"(hidden)\",\"LOG_LEVEL\":\"info\"}}"`,
      '+ p[0] = "x"',
    ]);
  });

  it('shows one new element in the middle of a list as one', () => {
    expect(lines(change({ l: ['a', 'c', 'd'] }, { l: ['a', 'b', 'c', 'd'] }))).toEqual(['+ l[1] = "b"']);
    expect(lines(change({ l: ['a', 'b', 'c'] }, { l: ['a', 'c'] }))).toEqual(['- l[1] = "b"']);
  });

  it('names the attribute that forces a replacement', () => {
    const planned = change({ name: [{ a: 1 }] }, { name: [{ a: 2 }] }, { replace_paths: [['name']] });
    expect(lines(planned)).toEqual(['! name[0].a: 1 -> 2  # forces replacement']);
  });

  it('shows a very long value by its head, length and digest', () => {
    const [line = ''] = lines(change({}, { a: 'x'.repeat(100_000) }));
    expect(line.length).toBeLessThan(300);
    expect(line).toMatch(/^\+ a = "x{159}… \(100,002 characters, SHA-256 [0-9a-f]{12}…\)$/);
  });
});

describe('meantValues', () => {
  it('tells of a hidden value that it changes, and nothing else', () => {
    const marks = { before_sensitive: { p: true }, after_sensitive: { p: true } };
    const one = meantValues(change({ p: 'a' }, { p: 'b' }, marks), visibility);
    expect(one).toEqual([{ path: 'p', after: { kind: 'hidden' } }]);
    expect(meantValues(change({ p: 'a' }, { p: 'a' }, marks), visibility)).toEqual([]);
  });

  it('tells a JSON text from a structure with the same members', () => {
    const [one, other] = ['[1,2]', [1, 2]].map((p) => meantValues(change({}, { p }), visibility));
    expect(one?.[0]).toEqual({ path: 'p[0]', after: { kind: 'value', text: '1 in JSON text' } });
    expect(other?.[0]).toEqual({ path: 'p[0]', after: { kind: 'value', text: '1' } });
  });

  it('tells long values apart that begin alike', () => {
    const [one, other] = ['a', 'b'].map((end) => meantValues(change({}, { p: 'x'.repeat(1000) + end }), visibility));
    expect(one).not.toEqual(other);
  });
});

describe('isSame', () => {
  it.each([
    [{ a: 1, b: null }, { a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [0, -0, false],
    ['1', 1, false],
  ])('%j and %j: %s', (one, other, same) => {
    expect(isSame(one, other)).toBe(same);
  });
});

describe('shorten', () => {
  it('never cuts a character in two', () => {
    expect(shorten('😀'.repeat(2_000)).isWellFormed()).toBe(true);
  });
});

describe('sets', () => {
  const open = { visibleKeys: new Set<string>(), scrubber: createScrubber([]) };
  const rule = (port: number): object => ({ from_port: port, to_port: port, cidr_blocks: ['10.0.0.0/8'] });
  const differences = (before: object, after: object, sets: readonly string[] = ['ingress'], more: object = {}) =>
    attributeChanges(change(before, after, more), open, sets).map(
      ({ path, before: left, after: right }) => `${path} ${left.kind} ${right.kind}`,
    );

  it('have no order', () => {
    const [before, after] = [{ ingress: [rule(1), rule(2)] }, { ingress: [rule(2), rule(1)] }];
    expect(differences(before, after)).toEqual([]);
    expect(meantValues(change(before, after), open, ['ingress'])).toEqual([]);
    const sensitive = { before_sensitive: { ingress: true }, after_sensitive: { ingress: true } };
    expect(differences(before, after, ['ingress'], sensitive)).toEqual([]);
  });

  it('count equal elements', () => {
    expect(differences({ a: [1, 1, 2] }, { a: [2, 2, 1] }, ['a'])).toEqual(['a[1] value absent', 'a[1] absent value']);
  });

  it('lose and get elements as a whole, wherever they are', () => {
    const paths = differences({ ingress: [rule(1), rule(2), rule(3)] }, { ingress: [rule(3), rule(4), rule(1)] });
    expect(paths).toEqual([
      'ingress[1].cidr_blocks[0] value absent',
      'ingress[1].from_port value absent',
      'ingress[1].to_port value absent',
      'ingress[1].cidr_blocks[0] absent value',
      'ingress[1].from_port absent value',
      'ingress[1].to_port absent value',
    ]);
  });

  it('are found below lists', () => {
    const at = (...days: readonly number[]): object => ({
      rule: [{ transition: days.map((each) => ({ days: each })) }],
    });
    expect(differences(at(1, 2), at(2, 1), ['rule.transition'])).toEqual([]);
    expect(differences(at(1, 2), at(2, 1), [])).toEqual(['rule[0].transition value reordered']);
  });

  it('mean the same in any order, and lists do not', () => {
    const [before, after] = [{ a: [1, 2, 3] }, { a: [4, 1, 2] }];
    const other = { a: [2, 4, 1] };
    const values = (changed: PlannedChange): unknown => meantValues(changed, open, ['a']).map(({ after: to }) => to);
    expect(values(change(before, after))).toEqual(values(change(before, other)));
    expect(meantValues(change(before, after), open)).not.toEqual(meantValues(change(before, other), open));
    expect(meantValues(change({ a: [1, 2] }, { a: [2, 1] }), open)).toEqual([
      { path: 'a', after: { kind: 'value', text: '[2,1]' } },
    ]);
  });
});
