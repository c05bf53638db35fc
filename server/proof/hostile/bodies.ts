import type { Message } from '../../src/testing/http-client.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Template } from './templates.ts';

/** Pieces that parsers trip over. */
const nastyTokens = [
  'NaN',
  '-Infinity',
  '1e999',
  '-1e-999',
  '-0',
  '0x10',
  '1_000',
  '00',
  '1.',
  '.5',
  '99999999999999999999999999',
  '9007199254740993',
  '-9223372036854775809',
  '18446744073709551616',
  'null',
  'true',
  '"NaN"',
  '"\\ud800"',
  '"\\u0000"',
  '"__proto__"',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{}}}',
  '"toString"',
  '[]',
  '{}',
  '[[]]',
  '""',
  '\ufeff',
  '\u2028',
  '\u0000',
  '//',
  '/**/',
  ',',
  ':',
  ',,',
  ']',
  '}',
  '[',
  '{',
  '"',
  "'",
  '\\',
  '\r\n',
  '%00',
  '1e400',
  '-',
  '+1',
  'undefined',
  '1n',
] as const;

const nastyShapes = [
  '[-1,3]',
  '[0,3]',
  '[2,0]',
  '[9007199254740992,3]',
  '[4294967296,4294967296]',
  '[1e308]',
  '[1.5,3]',
  '["2",3]',
  '[]',
  '[[2],3]',
  'null',
  '{"length":2}',
  '[2,3,1,1,1,1,1,1,1,1]',
  '[6]',
  '[3,2]',
] as const;
const nastyTypes = [
  'FP16',
  'FP64',
  'INT64',
  'UINT8',
  'BOOL',
  'BYTES',
  'BF16',
  'fp32',
  '',
  '__proto__',
  'FP999',
] as const;
const contentTypes = [
  'application/json',
  'text/csv',
  'text/csv; header=present',
  'application/jsonlines',
  'application/x-npy',
  'application/x-npz',
  'application/octet-stream',
  'application/vnd.sagemaker-triton.binary+json;json-header-size=10',
  'application/json; charset=utf-16',
  'text/plain',
  'multipart/form-data; boundary=x',
  ';;;',
  'application/x-www-form-urlencoded',
  'APPLICATION/JSON',
] as const;
const accepts = [
  'application/json',
  'text/csv',
  'application/x-npy',
  'application/x-npz',
  'application/jsonlines',
  'application/octet-stream',
  '*/*',
  'image/png',
  'application/json;q=0',
  ';q=',
  'a/b,'.repeat(500),
  '',
] as const;
const headerLengths = [
  '-1',
  '0',
  '1',
  '999999999999999999999',
  'NaN',
  '1e3',
  '0x10',
  '',
  ' 5',
  '5 5',
  '2147483648',
] as const;
const paths = [
  '/invocations',
  '/predict',
  '/v2/models/model/infer',
  '/v2/models/%2e%2e/infer',
  '/v2/models/__proto__/infer',
  '/v2/models/model/versions/1/infer',
  '/models',
  '/models/constructor/invoke',
  '/invocations?x=%ff',
  '/%',
  '//invocations',
  '/nothing',
] as const;

type Generator = (random: SeededRandom, template: Template) => Message;

/** Makes one hostile message; the kinds are equally likely. */
export function hostileMessage(
  random: SeededRandom,
  templates: readonly [Template, ...Template[]],
): { kind: string; message: Message } {
  const kind = random.pick(kinds);
  return { kind, message: generators[kind](random, random.pick(templates)) };
}

const generators = {
  'random bytes': (random) => ({
    path: random.pick(paths),
    headers: { 'content-type': random.pick(contentTypes), ...maybeAccept(random) },
    body: random.bytes(random.below(random.chance(0.05) ? 20_000 : 300)),
  }),
  'damaged bytes': (random, template) => ({
    ...template,
    headers: { ...template.headers, ...maybeAccept(random) },
    body: damage(random, template.body),
  }),
  'damaged text': (random, template) => ({
    ...template,
    body: Buffer.from(replaceToken(random, template.body.toString('latin1')), 'utf8'),
  }),
  'wrong content type': (random, template) => ({
    ...template,
    headers: { ...template.headers, 'content-type': random.pick(contentTypes), ...maybeAccept(random) },
  }),
  'wrong path or method': (random, template) => ({
    ...template,
    path: random.pick(paths),
    method: random.pick(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST']),
  }),
  'extreme tensor': (random) => ({
    path: random.pick(['/invocations', '/v2/models/model/infer']),
    headers: { 'content-type': 'application/json' },
    body: extremeTensor(random),
  }),
  'deep nesting': (random) => ({
    path: random.pick(['/invocations', '/predict', '/v2/models/model/infer']),
    headers: { 'content-type': 'application/json' },
    body: deepNesting(random),
  }),
  'odd keys': (random) => ({
    path: random.pick(['/invocations', '/predict']),
    headers: { 'content-type': 'application/json' },
    body: oddKeys(random),
  }),
  'binary header lies': (random, template) => ({
    path: '/v2/models/model/infer',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': random.pick(headerLengths),
    },
    body: random.chance(0.5) ? template.body : lyingBinary(random),
  }),
  'many values': (random) => ({
    path: random.pick(['/invocations', '/predict']),
    headers: { 'content-type': 'application/json' },
    body: `{"features":[${Array.from({ length: 1 + random.below(2000) }, () => (random.chance(0.01) ? random.pick(nastyTokens) : '[1,2,3]')).join(',')}]}`,
  }),
} satisfies Record<string, Generator>;

type Kind = keyof typeof generators;
const kinds = Object.keys(generators) as [Kind, ...Kind[]];

function maybeAccept(random: SeededRandom): Record<string, string> {
  return random.chance(0.3) ? { accept: random.pick(accepts) } : {};
}

/** Flips, cuts, repeats, inserts or removes a few bytes. */
function damage(random: SeededRandom, body: Buffer): Buffer {
  let damaged = Buffer.from(body);
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = random.below(damaged.length + 1);
    const until = Math.min(damaged.length, at + random.below(20));
    switch (random.below(5)) {
      case 0:
        if (at < damaged.length) damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 1:
        damaged = damaged.subarray(0, at);
        break;
      case 2:
        damaged = Buffer.concat([damaged.subarray(0, until), damaged.subarray(at)]);
        break;
      case 3:
        damaged = Buffer.concat([damaged.subarray(0, at), random.bytes(random.below(16)), damaged.subarray(at)]);
        break;
      default:
        damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(until)]);
    }
  }
  return damaged;
}

/** Replaces a number, a string or any character by a hostile token. */
function replaceToken(random: SeededRandom, text: string): string {
  const places = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"|./gs)];
  const place = places[random.below(places.length)];
  if (place === undefined) return random.pick(nastyTokens);
  return (
    text.slice(0, place.index) +
    random.pick(nastyTokens) +
    text.slice(place.index + (random.chance(0.8) ? place[0].length : 0))
  );
}

function extremeTensor(random: SeededRandom): string {
  const name = random.pick(['"features"', '"__proto__"', '""', '1', 'null', `"${'n'.repeat(5000)}"`, '"features"']);
  const data = random.pick([
    '[1.2,3.4,5.6,-1,0,2.5]',
    '[]',
    '[[1,2,3],[4,5]]',
    '{}',
    '"AAAA"',
    'null',
    '[1e39,1,1,1,1,1]',
    '["NaN",1,1,1,1,1]',
    '[true,1,1,1,1,1]',
    `[${'0,'.repeat(5000)}0]`,
  ]);
  const parameters = random.pick([
    '{}',
    '{"binary_data_size":24}',
    '{"binary_data_size":-1}',
    '{"binary_data_size":1e300}',
    'null',
    '[]',
    '{"classification":1000000}',
  ]);
  const tensor = `{"name":${name},"shape":${random.pick(nastyShapes)},"datatype":"${random.pick(nastyTypes)}","parameters":${parameters},"data":${data}}`;
  const outputs = random.pick([
    '',
    ',"outputs":[{"name":"nothing"}]',
    ',"outputs":[]',
    ',"outputs":{}',
    ',"outputs":[{"name":"prediction","parameters":{"binary_data":true}}]',
    ',"outputs":[{"name":"prediction"},{"name":"prediction"}]',
  ]);
  return `{"inputs":[${Array.from({ length: 1 + random.below(3) }, () => tensor).join(',')}]${outputs}}`;
}

function deepNesting(random: SeededRandom): string {
  const depth = random.chance(0.05) ? 100_000 : random.pick([10, 100, 1000, 10_000]);
  const nestings: [readonly [string, string], ...(readonly [string, string])[]] = [
    ['[', ']'],
    ['{"features":', '}'],
    ['[[],', ']'],
    ['{"a":[', ']}'],
  ];
  const [open, close] = random.pick(nestings);
  const inner = `${open.repeat(depth)}1${random.chance(0.7) ? close.repeat(depth) : ''}`;
  return random.pick([
    inner,
    `{"features":${inner}}`,
    `{"inputs":[{"name":"features","shape":[1,3],"datatype":"FP32","data":${inner}}]}`,
  ]);
}

function oddKeys(random: SeededRandom): string {
  const key = random.pick([
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '',
    'features\u0000',
    'FEATURES',
    'length',
    '0',
    'inputs',
    'instances',
    'columns',
    'x1',
  ]);
  const value = random.pick([
    '[1,2,3]',
    '{"features":[1,2,3]}',
    '1',
    'null',
    '"x"',
    '[[[1]]]',
    '[{"__proto__":[1,2,3]}]',
    '{"length":3}',
  ]);
  return random.chance(0.5)
    ? `{${JSON.stringify(key)}:${value}}`
    : `{${JSON.stringify(key)}:${value},"features":${value},"features":[1,2,3],${JSON.stringify(key)}:1}`;
}

function lyingBinary(random: SeededRandom): Buffer {
  const size = random.pick([0, 1, 23, 25, 4294967296, -24, 1.5]);
  const header = `{"inputs":[{"name":"features","shape":[2,3],"datatype":"${random.pick(nastyTypes)}","parameters":{"binary_data_size":${size}}}]}`;
  return Buffer.concat([Buffer.from(header), random.bytes(random.below(64))]);
}
