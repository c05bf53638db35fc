import type { Codec, InferenceProtocol } from './codec.ts';
import { json } from './json.ts';
import { parseMediaType, type MediaType } from './media-type.ts';
import { codecs } from './registry.ts';
import { Problem } from '../errors/problem.ts';

const byMediaType = new Map(
  codecs.flatMap((codec) => codec.mediaTypes.map((mediaType) => [mediaType, codec] as const)),
);
const knownMediaTypes = [...byMediaType.keys()].join(', ');

/** The codec of a request, and its parsed Content-Type. */
interface RequestCodec {
  readonly codec: Codec;
  readonly mediaType: MediaType;
}

/** Content-Types that need no parsing: most requests have one of them. */
const unparsed = new Map(
  [...byMediaType].map(([name, codec]): [string, RequestCodec] => [
    name,
    { codec, mediaType: { name, parameters: new Map() } },
  ]),
);

/** What curl sends with -d. On the v2 routes the examples of clients use it with JSON. */
const curlMediaType = 'application/x-www-form-urlencoded';

/** The codec of a request body; JSON if there is no Content-Type. @throws Problem 415 */
export function requestCodec(contentType: string | undefined, protocol: InferenceProtocol): RequestCodec {
  const known = unparsed.get(contentType ?? '');
  if (known !== undefined) return known;
  if (contentType === undefined || contentType === '') return { codec: json, mediaType: parseMediaType('') };
  const mediaType = parseMediaType(contentType);
  const isCurl = mediaType.name === curlMediaType;
  const codec = isCurl && protocol === 'v2' ? json : byMediaType.get(mediaType.name);
  if (codec === undefined) {
    const remedy = isCurl ? ': to curl -d add -H "Content-Type: application/json"' : `; send one of ${knownMediaTypes}`;
    throw new Problem(415, `Content-Type "${mediaType.name.slice(0, 100)}" is not understood${remedy}`);
  }
  const charset = mediaType.parameters.get('charset')?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new Problem(415, `charset "${charset}" is not understood; send UTF-8`);
  }
  return { codec, mediaType };
}

/** The codec that an Accept header prefers, or `fallback` if it has no preference. @throws Problem 406 */
export function acceptedCodec(accept: string | undefined, fallback: Codec): Codec {
  if (accept === undefined || accept === '' || accept === '*/*') return fallback;
  let best: Codec | undefined;
  let bestQuality = 0;
  for (const part of accept.split(',')) {
    const { name, parameters } = parseMediaType(part);
    const quality = Number(parameters.get('q') ?? '1');
    const codec = byMediaType.get(name) ?? codecOfRange(name, fallback);
    if (codec === undefined || !(quality > bestQuality)) continue;
    best = codec;
    bestQuality = quality;
  }
  if (best === undefined) throw new Problem(406, `Accept "${accept.slice(0, 200)}" allows none of ${knownMediaTypes}`);
  return best;
}

function codecOfRange(range: string, fallback: Codec): Codec | undefined {
  if (range === '*/*') return fallback;
  if (!range.endsWith('/*')) return undefined;
  const type = range.slice(0, -1);
  return [fallback, ...codecs].find(({ contentType }) => contentType.startsWith(type));
}
