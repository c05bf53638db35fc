import { renderElement } from './json-elements.ts';
import type { ElementType } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The elements [start, end) of a tensor as one line of CSV, without its end. */
export function renderCells({ type, data }: Tensor, start: number, end: number): string {
  let text = '';
  for (let index = start; index < end; index++) {
    if (index > start) text += ',';
    // A line with one empty cell would be no record: see createCsvReader.
    text += end - start === 1 && data[index] === '' ? '""' : renderCell(type, data[index] ?? 0);
  }
  return text;
}

function renderCell(type: ElementType, element: number | bigint | string): string {
  if (typeof element !== 'string') return renderElement(type, element).replaceAll('"', '');
  return /[",\r\n]/.test(element) ? `"${element.replaceAll('"', '""')}"` : element;
}
