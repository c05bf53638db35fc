import {
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
  type Initializer,
  type Node,
} from '../../sample-model/onnx-writer.ts';
import { nearlyNormal, seededUniform } from '../../sample-model/random.ts';

/** Weights of the size that keeps activations near one, from a seed. */
function weights(name: string, dims: readonly number[], fanIn: number, seed: number): Initializer {
  const uniform = seededUniform(seed);
  const count = dims.reduce((product, dimension) => product * dimension, 1);
  const scale = Math.sqrt(2 / fanIn);
  return float32Initializer(
    name,
    dims,
    Float32Array.from({ length: count }, () => scale * nearlyNormal(uniform)),
  );
}

/** A network whose run is bound by reading its 34 MB of weights: 64 → 2048 → 2048 → 2048 → 10. */
export function weightBoundNetwork(): { model: Uint8Array; inputs: number } {
  const widths = [64, 2048, 2048, 2048, 10];
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  let previous = 'features';
  for (const [layer, width] of widths.slice(1).entries()) {
    const inputs = widths[layer] ?? 0;
    const last = layer === widths.length - 2;
    initializers.push(weights(`w${layer}`, [inputs, width], inputs, 100 + layer));
    nodes.push({ operator: 'MatMul', inputs: [previous, `w${layer}`], outputs: [last ? 'prediction' : `sum${layer}`] });
    if (!last) nodes.push({ operator: 'Relu', inputs: [`sum${layer}`], outputs: [`hidden${layer}`] });
    previous = `hidden${layer}`;
  }
  const model = encodeModel({
    name: 'weight-bound',
    inputs: [{ name: 'features', type: tensor('float32', ['batch', 64]) }],
    outputs: [{ name: 'prediction', type: tensor('float32', ['batch', 10]) }],
    nodes,
    initializers,
  });
  return { model, inputs: 64 };
}

/** A convolutional network whose run is bound by arithmetic: 28 × 28 values, given flat, → 10. */
export function computeBoundNetwork(): { model: Uint8Array; inputs: number } {
  const channels = [1, 64, 128, 128, 160];
  const last = 160;
  const nodes: Node[] = [{ operator: 'Reshape', inputs: ['features', 'image_shape'], outputs: ['hidden0'] }];
  const initializers: Initializer[] = [int64Initializer('image_shape', [4], [-1, 1, 28, 28])];
  for (const [layer, output] of channels.slice(1).entries()) {
    const input = channels[layer] ?? 0;
    initializers.push(weights(`w${layer}`, [output, input, 3, 3], input * 9, 200 + layer));
    nodes.push(
      {
        operator: 'Conv',
        inputs: [`hidden${layer}`, `w${layer}`],
        outputs: [`sum${layer}`],
        attributes: { pads: { ints: [1, 1, 1, 1] }, kernel_shape: { ints: [3, 3] } },
      },
      { operator: 'Relu', inputs: [`sum${layer}`], outputs: [`hidden${layer + 1}`] },
    );
  }
  initializers.push(weights('out', [last, 10], last, 300));
  nodes.push(
    { operator: 'GlobalAveragePool', inputs: [`hidden${channels.length - 1}`], outputs: ['pooled'] },
    { operator: 'Flatten', inputs: ['pooled'], outputs: ['flat'] },
    { operator: 'MatMul', inputs: ['flat', 'out'], outputs: ['prediction'] },
  );
  const model = encodeModel({
    name: 'compute-bound',
    inputs: [{ name: 'features', type: tensor('float32', ['batch', 784]) }],
    outputs: [{ name: 'prediction', type: tensor('float32', ['batch', 10]) }],
    nodes,
    initializers,
  });
  return { model, inputs: 784 };
}
