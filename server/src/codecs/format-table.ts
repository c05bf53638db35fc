import { codecs } from './registry.ts';

/** The Markdown table of all formats for server/README.md. */
export function renderFormatTable(): string {
  const rows = codecs
    .flatMap(({ documentation }) => documentation)
    .map(({ mediaType = '', request, response }) => `| ${mediaType} | ${request} | ${response} |`);
  return ['| media type | request | response |', '| --- | --- | --- |', ...rows].join('\n');
}
