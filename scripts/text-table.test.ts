import { expect, it } from 'vitest';
import { renderTable } from './text-table.ts';

it('renders columns as wide as their widest cell, numbers to the right', () => {
  expect(
    renderTable(
      ['step', 'seconds'],
      [
        ['build', '1.5'],
        ['swap under traffic', '12.0'],
      ],
    ),
  ).toBe(
    [
      'step                seconds',
      '------------------  -------',
      'build                   1.5',
      'swap under traffic     12.0',
    ].join('\n'),
  );
});
