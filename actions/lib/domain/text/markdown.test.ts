import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeBlock, codeSpan, htmlCode, logLines, logText, visible } from './markdown.ts';

describe('codeSpan', () => {
  it.each([
    ['plain', '`plain`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['``x', '``` ``x ```'],
    ['</details>', '`</details>`'],
    ['-->', '`-->`'],
    ['@everyone', '`@everyone`'],
    ['two\nlines', '`two\\u{a}lines`'],
    ['\u001b[31mred', '`\\u{1b}[31mred`'],
    ['right\u202eleft', '`right\\u{202e}left`'],
    ['', '(empty)'],
    ['   ', '(3 spaces)'],
  ])('%j is shown as %s', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });

  it('keeps any text inside its fence and on its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const span = codeSpan(text);
        expect(span).not.toMatch(/[\r\n]/);
        if (/^\(empty\)$|^\(\d+ spaces\)$/.test(span)) return;
        const fence = /^`+/.exec(span)?.[0] ?? '';
        const inner = span.slice(fence.length, -fence.length);
        expect(span.endsWith(fence)).toBe(true);
        // A run of exactly the fence's length would close the span early.
        expect([...inner.matchAll(/`+/g)].some(([run]) => run.length === fence.length)).toBe(false);
        expect(inner.startsWith('`') || inner.endsWith('`')).toBe(false);
      }),
    );
  });
});

describe('codeBlock', () => {
  it('cannot be ended by a line of its content', () => {
    const block = codeBlock(['+ a = "x"', '```', '````', '</details>'], 'diff');
    expect(block).toBe('`````diff\n+ a = "x"\n```\n````\n</details>\n`````');
  });

  it('writes a line break inside a line as something that can be seen', () => {
    expect(codeBlock(['a\n```\nb'], 'diff').split('\n')).toHaveLength(3);
  });
});

describe('htmlCode', () => {
  it('leaves nothing for HTML or Markdown to read', () => {
    expect(htmlCode('</summary><b>`@you`\n#1')).toBe(
      '<code>&#60;/summary&#62;&#60;b&#62;&#96;&#64;you&#96;\\u{a}&#35;1</code>',
    );
  });
});

describe('logText', () => {
  it.each([
    '::set-output name=a::b',
    '::error::x',
    '##[set-output name=a]b',
    'x ##[command] y',
    'a\n::stop-commands::t',
  ])('leaves no workflow command in %j', (text) => {
    const line = logText(text);
    expect(line.startsWith('::')).toBe(false);
    expect(line).not.toContain('##[');
    expect(line).not.toContain('\n');
  });

  it('keeps the lines of a text of several lines, each of them harmless', () => {
    expect(logLines('one\n::error::two\r\n\u001b[0mthree')).toBe('one\n\\u{3a}:error::two\n\\u{1b}[0mthree');
  });
});

describe('visible', () => {
  it.each([
    ...[0x00a0, 0x00ad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x2003, 0x200b, 0x200d, 0x2060, 0x2800, 0x3000],
    ...[0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfffc, 0x1d159, 0x1d173, 0xe0020, 0xe0100],
  ])('writes the blank character %i as its number', (code) => {
    expect(visible(`a${String.fromCodePoint(code)}b`)).toBe(`a\\u{${code.toString(16)}}b`);
  });

  it('leaves letters of every script as they are', () => {
    expect(visible('größe 模型 مرحبا 😀')).toBe('größe 模型 مرحبا 😀');
  });
});
