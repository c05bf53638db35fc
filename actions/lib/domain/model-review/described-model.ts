import { z } from 'zod';

const tensor = z.looseObject({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) });

/** The description of a model by `GET /v2/models/NAME` of the Open Inference Protocol; -1 is an open dimension. */
export const describedModelSchema = z.looseObject({
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  properties: z.record(z.string(), z.string()).default({}),
});

export type DescribedModel = z.output<typeof describedModelSchema>;
export type DescribedTensor = DescribedModel['inputs'][number];

/** The type and shape of a tensor, such as `FP32[any, 4]`. */
export function describeTensor({ datatype, shape }: DescribedTensor): string {
  return `${datatype}[${shape.map((size) => (size === -1 ? 'any' : String(size))).join(', ')}]`;
}
