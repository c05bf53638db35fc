import { encodeModel, float32Initializer, tensor } from '../../server/sample-model/onnx-writer.ts';

const CHANNELS = ['email', 'phone', 'chat'] as const;
const PRODUCTS = ['billing', 'delivery', 'account'] as const;
const QUEUES = ['invoices', 'parcels', 'passwords'] as const;
// One row of scores for each known text, in the order of QUEUES; row 0 is for texts that the model doesn't know.
const CHANNEL_SCORES = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
const PRODUCT_SCORES = [0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4];

/**
 * A classifier as scikit-learn exports one, with text in and a text out: `channel` and `product` (string [batch]) →
 * `queue` (string [batch]) and `probabilities` (float32 [batch, 3]).
 */
export function encodeTicketClassifier(): Uint8Array {
  return encodeModel(
    {
      name: 'ticket-classifier',
      inputs: [
        { name: 'channel', type: tensor('string', ['batch']) },
        { name: 'product', type: tensor('string', ['batch']) },
      ],
      outputs: [
        { name: 'queue', type: tensor('string', ['batch']) },
        { name: 'probabilities', type: tensor('float32', ['batch', QUEUES.length]) },
      ],
      initializers: [
        float32Initializer('channel_scores', [CHANNELS.length + 1, QUEUES.length], CHANNEL_SCORES),
        float32Initializer('product_scores', [PRODUCTS.length + 1, QUEUES.length], PRODUCT_SCORES),
      ],
      nodes: [
        encodeText('channel', CHANNELS),
        encodeText('product', PRODUCTS),
        { operator: 'Gather', inputs: ['channel_scores', 'channel_id'], outputs: ['by_channel'] },
        { operator: 'Gather', inputs: ['product_scores', 'product_id'], outputs: ['by_product'] },
        { operator: 'Add', inputs: ['by_channel', 'by_product'], outputs: ['scores'] },
        { operator: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: { int: 1 } } },
        {
          operator: 'ArgMax',
          inputs: ['scores'],
          outputs: ['queue_id'],
          attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
        },
        {
          operator: 'LabelEncoder',
          domain: 'ai.onnx.ml',
          inputs: ['queue_id'],
          outputs: ['queue'],
          attributes: { keys_int64s: { ints: QUEUES.map((_, id) => id) }, values_strings: { strings: QUEUES } },
        },
      ],
    },
    { producerName: 'ticket-trainer', operatorSets: { '': 17, 'ai.onnx.ml': 3 } },
  );
}

/** The row of a known text in its table of scores. */
function encodeText(input: string, known: readonly string[]) {
  return {
    operator: 'LabelEncoder',
    domain: 'ai.onnx.ml',
    inputs: [input],
    outputs: [`${input}_id`],
    attributes: {
      keys_strings: { strings: known },
      values_int64s: { ints: known.map((_, index) => index + 1) },
      default_int64: { int: 0 },
    },
  };
}

/** Its smoke cases: both outputs by the Open Inference Protocol, the first one by the server's simple form. */
export const TICKET_CASES = [
  {
    name: 'an invoice goes to the invoices with its probabilities',
    request: {
      contentType: 'application/json',
      json: { inputs: [textInput('channel', ['email']), textInput('product', ['billing'])] },
    },
    expect: {
      status: 200,
      outputs: {
        '/outputs/0/data': { value: ['invoices'], absolute: 0 },
        '/outputs/1/data': { value: [0.9867, 0.0066, 0.0066], absolute: 0.001 },
      },
    },
  },
  {
    name: 'a batch keeps its order',
    request: {
      contentType: 'application/json',
      json: { channel: ['phone', 'chat'], product: ['account', 'delivery'] },
    },
    expect: { status: 200, outputs: { prediction: { value: ['passwords', 'parcels'], absolute: 0 } } },
  },
  {
    name: 'an unknown channel leaves the product to decide',
    request: { contentType: 'application/json', json: { channel: ['fax'], product: ['delivery'] } },
    expect: { status: 200, outputs: { prediction: { value: ['parcels'], absolute: 0 } } },
  },
  {
    name: 'a request without a product is refused',
    request: { contentType: 'application/json', json: { channel: ['email'] } },
    expect: { status: [400, 422] },
  },
];

function textInput(name: string, data: readonly string[]) {
  return { name, datatype: 'BYTES', shape: [data.length], data };
}
