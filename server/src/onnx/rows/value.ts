import type { OnnxNode } from '../onnx-model.ts';

/** An element of a shape: a number, another number that is the same in every batch, or one that depends on its rows. */
export type SizeElement = number | 'fixed' | 'rows';

/** How a value of the graph depends on the rows of a batch. */
export type Value =
  /** The same in every batch of one key. `elements`: of a small integer scalar or vector. */
  | { readonly kind: 'fixed'; readonly rank: number | undefined; readonly elements?: readonly SizeElement[] }
  /** A scalar or vector of integers, some of which depend on the number of rows. */
  | { readonly kind: 'sizes'; readonly rank: number; readonly elements: readonly SizeElement[] }
  | Rows
  /** No longer known to keep rows apart. */
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Rows along one axis: what an index of this axis has depends on one row only. Several indices may belong to one row.
 * `leading`: all axes before it have size one, so that each row is one block in memory.
 */
export interface Rows {
  readonly kind: 'rows';
  readonly axis: number;
  readonly rank: number;
  readonly leading: boolean;
}

export const fixed = (rank?: number, elements?: readonly SizeElement[]): Value =>
  elements === undefined ? { kind: 'fixed', rank } : { kind: 'fixed', rank, elements };

export const rows = (axis: number, rank: number, leading = axis === 0): Rows => ({ kind: 'rows', axis, rank, leading });

/** A vector or scalar of sizes: fixed unless an element depends on the number of rows. */
export const sizes = (rank: number, elements: readonly SizeElement[]): Value =>
  elements.includes('rows') ? { kind: 'sizes', rank, elements } : fixed(rank, elements);

/** A node with the values of its inputs. */
export interface Operands {
  readonly node: OnnxNode;
  /** Version of the node's operator set. */
  readonly version: number;
  /** The values by position; undefined where an optional input is left out. */
  readonly inputs: readonly (Value | undefined)[];
}

/** What a node makes of its inputs: one value for all outputs, one for each, or the reason why rows are combined. */
export type Rule = (operands: Operands) => Value | readonly Value[] | string;

/** An integer attribute. */
export function integer({ node }: Operands, name: string): number | undefined;
export function integer({ node }: Operands, name: string, fallback: number): number;
export function integer({ node }: Operands, name: string, fallback?: number): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === 'integer' ? attribute.value : fallback;
}

/** A list of integers that was an attribute and became an input: `absent` if neither is there, undefined if unknown. */
export function integers(operands: Operands, name: string, input?: number): readonly number[] | 'absent' | undefined {
  const attribute = operands.node.attributes.get(name);
  if (attribute !== undefined) return attribute.kind === 'integers' ? attribute.value : undefined;
  const value = input === undefined ? undefined : operands.inputs[input];
  if (value === undefined) return 'absent';
  if (value.kind !== 'fixed' || value.elements === undefined) return undefined;
  const numbers = value.elements.filter((element) => typeof element === 'number');
  return numbers.length === value.elements.length ? numbers : undefined;
}

/** An axis from the front; ONNX counts negative ones from the back. */
export const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The only input that has rows; undefined if there is none or several. */
export function soleRows({ inputs }: Operands): Rows | undefined {
  const found = inputs.filter((value) => value?.kind === 'rows');
  return found.length === 1 ? found[0] : undefined;
}

export const usesCount = 'uses the number of rows';
export const unclear = 'uses rows in a way that is not followed';
