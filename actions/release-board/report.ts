import type { Board } from '../lib/domain/board/board.ts';

/** The job summary: what serves where. */
export function renderSummary({ services }: Board): string {
  return [
    '### Release board',
    '',
    '| service | environment | serves | |',
    '| --- | --- | --- | --- |',
    ...services.flatMap(({ service, environments }) =>
      environments.map(({ name, serves, states }) => {
        const what = serves === null ? '–' : `\`${serves.name}\`, ${serves.standing}`;
        return `| ${service} | ${name} | ${what} | ${states.map(({ kind }) => kind).join(', ')} |`;
      }),
    ),
    '',
  ].join('\n');
}
