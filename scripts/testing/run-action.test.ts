import { describe, expect, it } from 'vitest';
import { parseOutputs } from './run-action.ts';

describe('parseOutputs', () => {
  it('reads lines and blocks as @actions/core writes them', () => {
    expect(parseOutputs('a=1\nb<<ghadelimiter_x\nfirst=line\n\nthird\nghadelimiter_x\nc=x=y\n')).toEqual({
      a: '1',
      b: 'first=line\n\nthird',
      c: 'x=y',
    });
  });

  it.each(['b<<end\nnever closed', 'no output at all'])('refuses %j', (text) => {
    expect(() => parseOutputs(text)).toThrow();
  });
});
