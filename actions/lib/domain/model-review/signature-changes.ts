import { codeSpan } from '../text/markdown.ts';
import { describeTensor, type DescribedModel, type DescribedTensor } from './described-model.ts';
import type { ModelWarningId, SignatureChange } from './summary.ts';

/** How inputs and outputs changed, those that break callers first. */
export function signatureChanges(base: DescribedModel, head: DescribedModel): readonly SignatureChange[] {
  const inputs = changesOf(base.inputs, head.inputs, {
    ...{ added: 'input-new', removed: 'input-removed', changed: 'input-changed', order: 'input-order' },
  });
  const outputs = changesOf(base.outputs, head.outputs, {
    ...{ added: 'output-new', removed: 'output-removed', changed: 'output-changed', order: 'output-order' },
  });
  return [...inputs, ...outputs].toSorted((a, b) => Number(isBreaking(b)) - Number(isBreaking(a)));
}

/** Whether a request or a reader that worked before may fail. */
export function isBreaking(change: SignatureChange): change is SignatureChange & { readonly kind: ModelWarningId } {
  return change.kind !== 'output-new';
}

type Kinds = Readonly<Record<'added' | 'removed' | 'changed' | 'order', SignatureChange['kind']>>;

function changesOf(
  base: readonly DescribedTensor[],
  head: readonly DescribedTensor[],
  kinds: Kinds,
): readonly SignatureChange[] {
  const find = (tensors: readonly DescribedTensor[], wanted: string) => tensors.find(({ name }) => name === wanted);
  const [before, after] = [base, head].map((tensors) => tensors.map(({ name }) => name).join(', '));
  const isMoved = base.length === head.length && base.every(({ name }) => find(head, name) !== undefined);
  return [
    ...head.flatMap((tensor): readonly SignatureChange[] => {
      const old = find(base, tensor.name);
      const [was, is] = [old && describeTensor(old), describeTensor(tensor)];
      if (was === undefined) return [{ kind: kinds.added, name: tensor.name, before: '', after: is }];
      return was === is ? [] : [{ kind: kinds.changed, name: tensor.name, before: was, after: is }];
    }),
    ...base
      .filter(({ name }) => find(head, name) === undefined)
      .map((tensor) => ({ kind: kinds.removed, name: tensor.name, before: describeTensor(tensor), after: '' })),
    // A simple body means the inputs in their order, and its answer the first output.
    ...(isMoved && before !== after ? [{ kind: kinds.order, name: '', before: before ?? '', after: after ?? '' }] : []),
  ];
}

const SENTENCES: Readonly<Record<SignatureChange['kind'], (name: string, before: string, after: string) => string>> = {
  'input-new': (name) => `input ${name} is new: callers that don't send it get 422`,
  'input-removed': (name) => `input ${name} is gone: callers that send it by name get 422`,
  'input-changed': (name, before, after) => `input ${name} was ${before} and is ${after}`,
  'input-order': (_, before, after) => `the inputs have another order: ${before} is ${after}`,
  'output-new': (name) => `output ${name} is new`,
  'output-removed': (name) => `output ${name} is gone: callers that read it find nothing`,
  'output-changed': (name, before, after) => `output ${name} was ${before} and is ${after}`,
  'output-order': (_, before, after) => `the outputs have another order: ${before} is ${after}`,
};

/** A change in a sentence, its names as Markdown code. */
export function renderSignatureChange({ kind, name, before, after }: SignatureChange): string {
  return SENTENCES[kind](codeSpan(name), codeSpan(before), codeSpan(after));
}
