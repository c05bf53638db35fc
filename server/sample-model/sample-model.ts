import { fitLeastSquares } from './least-squares.ts';
import { encodeModel, float32Initializer, tensor } from './onnx-writer.ts';
import { nearlyNormal, seededUniform } from './random.ts';

/** What the sample's data follow: y = 2·x1 − 1·x2 + 0.5·x3 + 3, plus measurement noise. */
const truth = { weights: [2, -1, 0.5], intercept: 3, noise: 0.05 } as const;
const featureRange = { lowest: -5, highest: 10 } as const;

/** Mistakes that make a model which loads, runs and answers wrongly: for rehearsing a release that must be undone. */
export const faults = ['swapped-columns'] as const;
type Fault = (typeof faults)[number];

export interface TrainingOptions {
  /** Determines the data, and so the model, to the bit. */
  readonly seed: number;
  readonly rows?: number;
  readonly fault?: Fault;
}

/** Requests with the answers that the model must give, as golden.json holds them. */
interface GoldenCases {
  readonly $schema: string;
  readonly cases: readonly {
    readonly name: string;
    readonly request: {
      readonly contentType: 'application/json';
      readonly json: { readonly features: readonly (readonly number[])[] };
    };
    readonly expect: {
      readonly status: 200;
      readonly outputs: { readonly prediction: { readonly value: readonly number[]; readonly absolute: number } };
    };
  }[];
}

export interface SampleModel {
  /** The bytes of model.onnx: `features` float32 [batch, 3] → `prediction` float32 [batch]. */
  readonly model: Uint8Array;
  readonly golden: GoldenCases;
  readonly weights: readonly number[];
  readonly intercept: number;
}

/** The single rows and one batch of the golden cases: ordinary values, the edges of the data, and zero. */
const goldenFeatures: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'an ordinary row': [[1.2, 3.4, 5.6]],
  'the third feature alone': [[0, 0, 4]],
  'lowest, lowest, highest': [[-5, -5, 10]],
  'highest, highest, lowest': [[10, 10, -5]],
  'a row with fractions': [[2.5, -1.25, 7.75]],
  'a batch': [
    [1.2, 3.4, 5.6],
    [9.5, 0.5, -4.5],
    [-3, 8, 1],
  ],
};

// The runtime sums in float32: about 1e-6 off for values of this size.
const goldenTolerance = 1e-4;

/** Trains the sample model by least squares on seeded data; the same options give the same bytes on every machine. */
export function trainSample({ seed, rows = 500, fault }: TrainingOptions): SampleModel {
  const data = sampleData(seed, rows);
  const features =
    fault === 'swapped-columns' ? data.features.map(([x1, x2, x3]) => [x3, x2, x1] as const) : data.features;
  const fit = fitLeastSquares(features, data.targets);
  const weights = fit.weights.map(Math.fround);
  const intercept = Math.fround(fit.intercept);
  const model = encodeModel(
    {
      name: 'sample',
      inputs: [{ name: 'features', type: tensor('float32', ['batch', weights.length]) }],
      outputs: [{ name: 'prediction', type: tensor('float32', ['batch']) }],
      initializers: [
        float32Initializer('weights', [weights.length], weights),
        float32Initializer('intercept', [], [intercept]),
      ],
      nodes: [
        { operator: 'MatMul', inputs: ['features', 'weights'], outputs: ['weighted'] },
        { operator: 'Add', inputs: ['weighted', 'intercept'], outputs: ['prediction'] },
      ],
    },
    {
      producerName: 'sample-trainer',
      description: 'Linear regression on three features.',
      metadata: { seed: String(seed), rows: String(rows) },
    },
  );
  return { model, golden: goldenCases(weights, intercept), weights, intercept };
}

/** Features uniform in their range, and the noisy targets that belong to them. */
function sampleData(
  seed: number,
  rows: number,
): { features: (readonly [number, number, number])[]; targets: number[] } {
  const uniform = seededUniform(seed);
  const feature = (): number => featureRange.lowest + (featureRange.highest - featureRange.lowest) * uniform();
  const features: (readonly [number, number, number])[] = [];
  const targets: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const x = [feature(), feature(), feature()] as const;
    features.push(x);
    targets.push(linear(truth.weights, truth.intercept, x) + truth.noise * nearlyNormal(uniform));
  }
  return { features, targets };
}

function goldenCases(weights: readonly number[], intercept: number): GoldenCases {
  const cases = Object.entries(goldenFeatures).map(([name, features]) => {
    const value = features.map((row) => Math.round(linear(weights, intercept, row.map(Math.fround)) * 1e6) / 1e6);
    return {
      name,
      request: { contentType: 'application/json', json: { features } },
      expect: { status: 200, outputs: { prediction: { value, absolute: goldenTolerance } } },
    } as const;
  });
  return { $schema: '../../golden.schema.json', cases };
}

function linear(weights: readonly number[], intercept: number, row: readonly number[]): number {
  return row.reduce((total, value, column) => total + value * (weights[column] ?? 0), intercept);
}
