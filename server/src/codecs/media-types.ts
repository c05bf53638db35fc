import type { Format } from './request-form.ts';
import { Problem } from '../http/problem.ts';

/** A parsed media type: lower-case name and parameters. */
export interface MediaType {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const formatsByMediaType = new Map<string, Format>([
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/jsonlines', 'jsonlines'],
  ['application/x-jsonlines', 'jsonlines'],
  ['application/jsonl', 'jsonlines'],
  ['application/x-ndjson', 'jsonlines'],
  ['text/csv', 'csv'],
  ['application/csv', 'csv'],
  ['application/x-npy', 'npy'],
  ['application/x-npz', 'npz'],
  ['application/octet-stream', 'v2-binary'],
  ['application/vnd.sagemaker-triton.binary+json', 'v2-binary'],
]);

/** The media type that answers in a format are labelled with. */
export const contentTypes: Readonly<Record<Format, string>> = {
  json: 'application/json',
  jsonlines: 'application/jsonlines',
  csv: 'text/csv; charset=utf-8',
  npy: 'application/x-npy',
  npz: 'application/x-npz',
  'v2-binary': 'application/octet-stream',
};

/** The media types that requests may have and ask for. */
const knownMediaTypes: readonly string[] = [...formatsByMediaType.keys()];

/** Splits `type/subtype; name=value`. */
function parseMediaType(text: string): MediaType {
  const [name = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const value = part.slice(equals + 1).trim();
    parameters.set(part.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { name: name.trim().toLowerCase(), parameters };
}

/** The format of a request body; JSON where no Content-Type says otherwise. @throws Problem 415 */
export function requestFormat(contentType: string | undefined): {
  format: Format;
  parameters: MediaType['parameters'];
} {
  if (contentType === undefined || contentType === '') return { format: 'json', parameters: new Map() };
  const { name, parameters } = parseMediaType(contentType);
  const format = formatsByMediaType.get(name);
  if (format === undefined) {
    throw new Problem(415, `Content-Type "${name}" is not understood; send one of ${knownMediaTypes.join(', ')}`);
  }
  const charset = parameters.get('charset')?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new Problem(415, `charset "${charset}" is not understood; send UTF-8`);
  }
  return { format, parameters };
}

/** The format that an Accept header asks for, or `fallback` where it leaves the choice. @throws Problem 406 */
export function acceptedFormat(accept: string | undefined, fallback: Format): Format {
  if (accept === undefined || accept === '' || accept === '*/*') return fallback;
  const refused = new Set<Format>();
  let best: Format | undefined;
  let bestQuality = 0;
  for (const part of accept.split(',')) {
    const { name, parameters } = parseMediaType(part);
    const quality = Number(parameters.get('q') ?? '1');
    const format = formatsByMediaType.get(name) ?? formatOfRange(name, fallback);
    if (format === undefined || Number.isNaN(quality)) continue;
    if (quality <= 0) refused.add(format);
    else if (quality > bestQuality) {
      best = format;
      bestQuality = quality;
    }
  }
  if (best === undefined || (refused.has(best) && bestQuality <= 0)) {
    throw new Problem(406, `Accept "${accept.slice(0, 200)}" allows none of ${knownMediaTypes.join(', ')}`);
  }
  return best;
}

function formatOfRange(range: string, fallback: Format): Format | undefined {
  if (range === '*/*') return fallback;
  if (range === 'application/*' || range === 'text/*') {
    const kind = range.slice(0, -1);
    if (contentTypes[fallback].startsWith(kind)) return fallback;
    return kind === 'text/' ? 'csv' : 'json';
  }
  return undefined;
}
