import protobuf from 'protobufjs';

const { Reader, Writer } = protobuf;

/**
 * Models made from another one without knowing it, by its protobuf encoding alone: fields that this file has no name for
 * stay as they are. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const MODEL = { version: 5, graph: 7, opsetImport: 8 } as const;
const GRAPH = { node: 1, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { graph: 6, graphs: 11 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR = { elementType: 1 } as const;
const OPSET = { domain: 1, version: 2 } as const;

/** Wire types of protobuf: https://protobuf.dev/programming-guides/encoding/#structure */
const LENGTH_DELIMITED = 2;

/** Element types of onnx.TensorProto whose sign an operator can turn, and the operator that does. */
const TURNED_BY: ReadonlyMap<number, 'Neg' | 'Not'> = new Map([
  ...[1, 3, 5, 6, 7, 10, 11].map((type) => [type, 'Neg'] as const), // float, int8, int16, int32, int64, float16, double
  [9, 'Not'],
]);

interface Field {
  readonly number: number;
  /** The field as it is encoded, tag included. */
  readonly raw: Uint8Array;
  /** Content of a length-delimited field; empty for the others. */
  readonly content: Uint8Array;
}

function readFields(message: Uint8Array): readonly Field[] {
  const reader = Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const isBytes = (tag & 7) === LENGTH_DELIMITED;
    const content = isBytes ? reader.bytes() : new Uint8Array();
    if (!isBytes) reader.skipType(tag & 7);
    fields.push({ number: tag >>> 3, raw: message.subarray(start, reader.pos), content });
  }
  return fields;
}

const bytesField = (number: number, content: Uint8Array): Uint8Array =>
  Writer.create()
    .uint32((number << 3) | LENGTH_DELIMITED)
    .bytes(content)
    .finish();
const textField = (number: number, text: string): Uint8Array => bytesField(number, Buffer.from(text));
const numberField = (number: number, value: number): Uint8Array =>
  Writer.create()
    .uint32(number << 3)
    .int64(value)
    .finish();
const textOf = (content: Uint8Array): string => Buffer.from(content).toString('utf8');
const numberOf = (field: Field | undefined): number =>
  field === undefined ? 0 : Reader.create(field.raw.subarray(1)).uint32();

/** The same model with another version number: another file that answers the same. */
export function withVersion(model: Uint8Array, version: number): Uint8Array {
  // The last value of a field counts, so that nothing before it has to be touched.
  return Buffer.concat([model, numberField(MODEL.version, version)]);
}

/** The same graph with other names for its nodes, as another export of a model has. */
export function withOtherNodeNames(model: Uint8Array): Uint8Array {
  const rename: Rename = (number, text) => (number === NODE.name ? `exported-again/${text}` : undefined);
  return Buffer.concat(
    readFields(model).map(({ number, raw, content }) =>
      number === MODEL.graph ? bytesField(number, renameInGraph(content, rename)) : raw,
    ),
  );
}

/**
 * The same graph with its outputs turned: numbers change their sign, truth values are negated.
 *
 * @returns undefined where no output is of a type that can be turned, such as a model with texts alone.
 */
export function withTurnedOutputs(model: Uint8Array): Uint8Array | undefined {
  const fields = readFields(model);
  const graph = fields.find(({ number }) => number === MODEL.graph);
  if (graph === undefined) return undefined;
  const parts = readFields(graph.content);
  const made = new Set(
    parts.filter(({ number }) => number === GRAPH.node).flatMap(({ content }) => textsOf(content, NODE.output)),
  );
  const turned = parts
    .filter(({ number }) => number === GRAPH.output)
    .map(({ content }) => describeOutput(content))
    .flatMap(({ name, elementType }) => {
      const operator = TURNED_BY.get(elementType);
      return operator === undefined || !made.has(name) ? [] : [{ name, operator }];
    });
  if (turned.length === 0) return undefined;
  const renames = new Map(turned.map(({ name }) => [name, `${name}/before`]));
  const nodes = turned.map(({ name, operator }) =>
    bytesField(
      GRAPH.node,
      Buffer.concat([
        textField(NODE.input, renames.get(name) ?? name),
        textField(NODE.output, name),
        textField(NODE.name, `${name}/turned`),
        textField(NODE.operator, operator),
      ]),
    ),
  );
  const renamed = renameInGraph(graph.content, (number, text) =>
    number === NODE.name ? undefined : renames.get(text),
  );
  const content = Buffer.concat([renamed, ...nodes]);
  return Buffer.concat(
    [
      ...fields.map((field) => (field === graph ? bytesField(MODEL.graph, content) : field.raw)),
      hasDefaultOpset(fields)
        ? undefined
        : bytesField(MODEL.opsetImport, Buffer.concat([textField(OPSET.domain, ''), numberField(OPSET.version, 13)])),
    ].filter((part) => part !== undefined),
  );
}

function hasDefaultOpset(fields: readonly Field[]): boolean {
  return fields
    .filter(({ number }) => number === MODEL.opsetImport)
    .some(({ content }) => ['', 'ai.onnx'].includes(textsOf(content, OPSET.domain)[0] ?? ''));
}

function textsOf(message: Uint8Array, number: number): readonly string[] {
  return readFields(message)
    .filter((field) => field.number === number)
    .map(({ content }) => textOf(content));
}

function describeOutput(value: Uint8Array): { readonly name: string; readonly elementType: number } {
  const fields = readFields(value);
  const type = fields.find(({ number }) => number === VALUE.type);
  const tensor = type && readFields(type.content).find(({ number }) => number === TYPE.tensor);
  const element = tensor && readFields(tensor.content).find(({ number }) => number === TENSOR.elementType);
  return { name: textsOf(value, VALUE.name)[0] ?? '', elementType: numberOf(element) };
}

/** The new text of a node's field, by its number; undefined where it stays. */
type Rename = (number: number, text: string) => string | undefined;

/** Renames nodes, and what they take and give, also in the graphs inside their attributes (If, Loop, Scan). */
function renameInGraph(graph: Uint8Array, rename: Rename): Uint8Array {
  return Buffer.concat(
    readFields(graph).map(({ number, raw, content }) =>
      number === GRAPH.node ? bytesField(GRAPH.node, renameInNode(content, rename)) : raw,
    ),
  );
}

function renameInNode(node: Uint8Array, rename: Rename): Uint8Array {
  return Buffer.concat(
    readFields(node).map(({ number, raw, content }) => {
      if (number === NODE.attribute) return bytesField(number, renameInAttribute(content, rename));
      const name = NAMES.includes(number) ? rename(number, textOf(content)) : undefined;
      return name === undefined ? raw : textField(number, name);
    }),
  );
}

const NAMES: readonly number[] = [NODE.input, NODE.output, NODE.name];

function renameInAttribute(attribute: Uint8Array, rename: Rename): Uint8Array {
  return Buffer.concat(
    readFields(attribute).map(({ number, raw, content }) =>
      number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs
        ? bytesField(number, renameInGraph(content, rename))
        : raw,
    ),
  );
}
