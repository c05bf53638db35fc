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

/** A change of what callers send or get. */
export interface SignatureChange {
  /** Stable, such as `signature/input/age`. */
  readonly id: string;
  /** Whether a request or a reader that worked before may fail. */
  readonly isBreaking: boolean;
  readonly sentence: string;
}

/** How inputs and outputs changed, those that break callers first. */
export function signatureChanges(base: DescribedModel, head: DescribedModel): readonly SignatureChange[] {
  const changes = [...inputChanges(base.inputs, head.inputs), ...outputChanges(base.outputs, head.outputs)];
  return changes.toSorted((a, b) => Number(b.isBreaking) - Number(a.isBreaking));
}

function inputChanges(base: readonly DescribedTensor[], head: readonly DescribedTensor[]): readonly SignatureChange[] {
  const change = (name: string, sentence: string): SignatureChange => ({
    id: `signature/input/${name}`,
    isBreaking: true,
    sentence,
  });
  return [
    ...head.flatMap((tensor) => {
      const before = base.find(({ name }) => name === tensor.name);
      if (before === undefined)
        return [change(tensor.name, `input \`${tensor.name}\` is new: callers that don't send it get 422`)];
      return describe(before) === describe(tensor)
        ? []
        : [change(tensor.name, `input \`${tensor.name}\` was ${describe(before)} and is ${describe(tensor)}`)];
    }),
    ...base
      .filter(({ name }) => head.every((tensor) => tensor.name !== name))
      .map(({ name }) => change(name, `input \`${name}\` is gone: callers that send it by name get 422`)),
    ...orderChange('input', base, head),
  ];
}

function outputChanges(base: readonly DescribedTensor[], head: readonly DescribedTensor[]): readonly SignatureChange[] {
  return [
    ...base.flatMap((before): readonly SignatureChange[] => {
      const id = `signature/output/${before.name}`;
      const after = head.find(({ name }) => name === before.name);
      if (after === undefined)
        return [
          { id, isBreaking: true, sentence: `output \`${before.name}\` is gone: callers that read it find nothing` },
        ];
      return describe(before) === describe(after)
        ? []
        : [
            {
              id,
              isBreaking: true,
              sentence: `output \`${before.name}\` was ${describe(before)} and is ${describe(after)}`,
            },
          ];
    }),
    ...head
      .filter(({ name }) => base.every((tensor) => tensor.name !== name))
      .map(({ name }) => ({
        ...{ id: `signature/output/${name}`, isBreaking: false, sentence: `output \`${name}\` is new` },
      })),
    ...orderChange('output', base, head),
  ];
}

/** A simple body means the inputs in their order, and its answer the first output. */
function orderChange(
  kind: 'input' | 'output',
  base: readonly DescribedTensor[],
  head: readonly DescribedTensor[],
): readonly SignatureChange[] {
  const [before, after] = [base.map(({ name }) => name), head.map(({ name }) => name)];
  const isMoved = before.length === after.length && before.every((name) => after.includes(name));
  if (!isMoved || before.join('\n') === after.join('\n')) return [];
  return [
    {
      id: `signature/${kind}-order`,
      isBreaking: true,
      sentence: `the ${kind}s have another order: ${before.join(', ')} is ${after.join(', ')}`,
    },
  ];
}

function describe({ datatype, shape }: DescribedTensor): string {
  return `${datatype}[${shape.map((size) => (size === -1 ? 'any' : String(size))).join(', ')}]`;
}
