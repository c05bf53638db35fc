import { expect, it } from 'vitest';
import { isStartedBy } from './triggers.ts';

it.each([
  ['starts a workflow at the time of its schedule', '17 * * * *', true],
  ['starts a workflow at the time of any of its schedules', '41 1 * * *', true],
  ['leaves a workflow alone at the time of another one', '0 0 * * 0', false],
])('%s', (_, cron, starts) => {
  const triggers = { schedule: [{ cron: '17 * * * *' }, { cron: '41 1 * * *' }] };
  expect(isStartedBy(triggers, { name: 'schedule', ref: 'refs/heads/main', cron })).toBe(starts);
});
