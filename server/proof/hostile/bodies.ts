import type { Message } from '../../src/testing/http-client.ts';
import type { Choices } from './seeded-choices.ts';
import type { Template } from './templates.ts';

/** Texts that parsers often handle wrongly. */
const hostileTokens = [
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

const hostileShapes = [
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
const hostileTypes = [
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

type Generator = (choices: Choices, template: Template) => Message;

/** Makes one hostile message; the kinds are equally likely. */
export function hostileMessage(
  choices: Choices,
  templates: readonly [Template, ...Template[]],
): { kind: string; message: Message } {
  const kind = choices.pick(kinds);
  return { kind, message: generators[kind](choices, choices.pick(templates)) };
}

const generators = {
  'random bytes': (choices) => ({
    path: choices.pick(paths),
    headers: { 'content-type': choices.pick(contentTypes), ...maybeAccept(choices) },
    body: choices.bytes(choices.below(choices.chance(0.05) ? 20_000 : 300)),
  }),
  'damaged bytes': (choices, template) => ({
    ...template,
    headers: { ...template.headers, ...maybeAccept(choices) },
    body: damage(choices, template.body),
  }),
  'damaged text': (choices, template) => ({
    ...template,
    body: Buffer.from(replaceToken(choices, template.body.toString('latin1')), 'utf8'),
  }),
  'wrong content type': (choices, template) => ({
    ...template,
    headers: { ...template.headers, 'content-type': choices.pick(contentTypes), ...maybeAccept(choices) },
  }),
  'wrong path or method': (choices, template) => ({
    ...template,
    path: choices.pick(paths),
    method: choices.pick(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST']),
  }),
  'extreme tensor': (choices) => ({
    path: choices.pick(['/invocations', '/v2/models/model/infer']),
    headers: { 'content-type': 'application/json' },
    body: extremeTensor(choices),
  }),
  'deep nesting': (choices) => ({
    path: choices.pick(['/invocations', '/predict', '/v2/models/model/infer']),
    headers: { 'content-type': 'application/json' },
    body: deepNesting(choices),
  }),
  'odd keys': (choices) => ({
    path: choices.pick(['/invocations', '/predict']),
    headers: { 'content-type': 'application/json' },
    body: oddKeys(choices),
  }),
  'binary header lies': (choices, template) => ({
    path: '/v2/models/model/infer',
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': choices.pick(headerLengths),
    },
    body: choices.chance(0.5) ? template.body : lyingBinary(choices),
  }),
  'many values': (choices) => ({
    path: choices.pick(['/invocations', '/predict']),
    headers: { 'content-type': 'application/json' },
    body: `{"features":[${Array.from({ length: 1 + choices.below(2000) }, () => (choices.chance(0.01) ? choices.pick(hostileTokens) : '[1,2,3]')).join(',')}]}`,
  }),
} satisfies Record<string, Generator>;

type Kind = keyof typeof generators;
const kinds = Object.keys(generators) as [Kind, ...Kind[]];

function maybeAccept(choices: Choices): Record<string, string> {
  return choices.chance(0.3) ? { accept: choices.pick(accepts) } : {};
}

/** Flips, cuts, repeats, inserts or removes a few bytes. */
function damage(choices: Choices, body: Buffer): Buffer {
  let damaged = Buffer.from(body);
  for (let times = 1 + choices.below(3); times > 0; times -= 1) {
    const at = choices.below(damaged.length + 1);
    const until = Math.min(damaged.length, at + choices.below(20));
    switch (choices.below(5)) {
      case 0:
        if (at < damaged.length) damaged[at] = (damaged[at] ?? 0) ^ (1 << choices.below(8));
        break;
      case 1:
        damaged = damaged.subarray(0, at);
        break;
      case 2:
        damaged = Buffer.concat([damaged.subarray(0, until), damaged.subarray(at)]);
        break;
      case 3:
        damaged = Buffer.concat([damaged.subarray(0, at), choices.bytes(choices.below(16)), damaged.subarray(at)]);
        break;
      default:
        damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(until)]);
    }
  }
  return damaged;
}

/** Puts a nasty token in the place of a number, a string or any character. */
function replaceToken(choices: Choices, text: string): string {
  const places = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"|./gs)];
  const place = places[choices.below(places.length)];
  if (place === undefined) return choices.pick(hostileTokens);
  return (
    text.slice(0, place.index) +
    choices.pick(hostileTokens) +
    text.slice(place.index + (choices.chance(0.8) ? place[0].length : 0))
  );
}

function extremeTensor(choices: Choices): string {
  const name = choices.pick(['"features"', '"__proto__"', '""', '1', 'null', `"${'n'.repeat(5000)}"`, '"features"']);
  const data = choices.pick([
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
  const parameters = choices.pick([
    '{}',
    '{"binary_data_size":24}',
    '{"binary_data_size":-1}',
    '{"binary_data_size":1e300}',
    'null',
    '[]',
    '{"classification":1000000}',
  ]);
  const tensor = `{"name":${name},"shape":${choices.pick(hostileShapes)},"datatype":"${choices.pick(hostileTypes)}","parameters":${parameters},"data":${data}}`;
  const outputs = choices.pick([
    '',
    ',"outputs":[{"name":"nothing"}]',
    ',"outputs":[]',
    ',"outputs":{}',
    ',"outputs":[{"name":"prediction","parameters":{"binary_data":true}}]',
    ',"outputs":[{"name":"prediction"},{"name":"prediction"}]',
  ]);
  return `{"inputs":[${Array.from({ length: 1 + choices.below(3) }, () => tensor).join(',')}]${outputs}}`;
}

function deepNesting(choices: Choices): string {
  const depth = choices.chance(0.05) ? 100_000 : choices.pick([10, 100, 1000, 10_000]);
  const nestings: [readonly [string, string], ...(readonly [string, string])[]] = [
    ['[', ']'],
    ['{"features":', '}'],
    ['[[],', ']'],
    ['{"a":[', ']}'],
  ];
  const [open, close] = choices.pick(nestings);
  const inner = `${open.repeat(depth)}1${choices.chance(0.7) ? close.repeat(depth) : ''}`;
  return choices.pick([
    inner,
    `{"features":${inner}}`,
    `{"inputs":[{"name":"features","shape":[1,3],"datatype":"FP32","data":${inner}}]}`,
  ]);
}

function oddKeys(choices: Choices): string {
  const key = choices.pick([
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
  const value = choices.pick([
    '[1,2,3]',
    '{"features":[1,2,3]}',
    '1',
    'null',
    '"x"',
    '[[[1]]]',
    '[{"__proto__":[1,2,3]}]',
    '{"length":3}',
  ]);
  return choices.chance(0.5)
    ? `{${JSON.stringify(key)}:${value}}`
    : `{${JSON.stringify(key)}:${value},"features":${value},"features":[1,2,3],${JSON.stringify(key)}:1}`;
}

function lyingBinary(choices: Choices): Buffer {
  const size = choices.pick([0, 1, 23, 25, 4294967296, -24, 1.5]);
  const header = `{"inputs":[{"name":"features","shape":[2,3],"datatype":"${choices.pick(hostileTypes)}","parameters":{"binary_data_size":${size}}}]}`;
  return Buffer.concat([Buffer.from(header), choices.bytes(choices.below(64))]);
}
