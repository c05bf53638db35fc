import type { OnnxAttribute, OnnxGraph, OnnxTensor } from './onnx-model.ts';
import { bytesField, floatField, floatsField, integerField, integersField, readMessage, textField } from './wire.ts';

/** Readers of the messages that an attribute may hold. */
interface InnerReaders {
  readonly tensor: (bytes: Uint8Array) => OnnxTensor;
  readonly graph: (bytes: Uint8Array) => OnnxGraph;
}

/** AttributeProto.AttributeType; a model older than the field `type` has none, and the field that is there tells. */
const kinds: Readonly<Record<number, OnnxAttribute['kind']>> = {
  1: 'float',
  2: 'integer',
  3: 'text',
  4: 'tensor',
  5: 'graph',
  6: 'floats',
  7: 'integers',
  8: 'texts',
  10: 'graphs',
};

/** A named AttributeProto. @throws OnnxFormatError */
export function readAttribute(
  bytes: Uint8Array,
  readers: InnerReaders,
): { readonly name: string; readonly attribute: OnnxAttribute } {
  let name = '';
  let type: number | undefined;
  let referenced = '';
  let float: number | undefined;
  let integer: number | undefined;
  let text: string | undefined;
  let tensor: OnnxTensor | undefined;
  let graph: OnnxGraph | undefined;
  const floats: number[] = [];
  const integers: number[] = [];
  const texts: string[] = [];
  const graphs: OnnxGraph[] = [];
  readMessage(bytes, {
    1: textField((value) => (name = value)),
    2: floatField((value) => (float = value)),
    3: integerField((value) => (integer = value)),
    4: textField((value) => (text = value)),
    5: bytesField((value) => (tensor = readers.tensor(value))),
    6: bytesField((value) => (graph = readers.graph(value))),
    7: floatsField((value) => floats.push(value)),
    8: integersField((value) => integers.push(value)),
    9: textField((value) => texts.push(value)),
    11: bytesField((value) => graphs.push(readers.graph(value))),
    20: integerField((value) => (type = value)),
    21: textField((value) => (referenced = value)),
  });
  const other: OnnxAttribute = { kind: 'other' };
  const make = (kind: OnnxAttribute['kind']): OnnxAttribute => {
    switch (kind) {
      // A writer leaves out a zero and an empty text.
      case 'float':
        return { kind, value: float ?? 0 };
      case 'integer':
        return { kind, value: integer ?? 0 };
      case 'text':
        return { kind, value: text ?? '' };
      case 'tensor':
        return tensor === undefined ? other : { kind, value: tensor };
      case 'graph':
        return graph === undefined ? other : { kind, value: graph };
      case 'floats':
        return { kind, value: floats };
      case 'integers':
        return { kind, value: integers };
      case 'texts':
        return { kind, value: texts };
      case 'graphs':
        return { kind, value: graphs };
      case 'other':
        return other;
    }
  };
  const present = (): OnnxAttribute['kind'] => {
    if (float !== undefined) return 'float';
    if (integer !== undefined) return 'integer';
    if (text !== undefined) return 'text';
    if (tensor !== undefined) return 'tensor';
    if (graph !== undefined) return 'graph';
    if (floats.length > 0) return 'floats';
    if (integers.length > 0) return 'integers';
    return texts.length > 0 ? 'texts' : 'other';
  };
  const kind = referenced !== '' ? 'other' : type === undefined || type === 0 ? present() : (kinds[type] ?? 'other');
  return { name, attribute: make(kind) };
}
