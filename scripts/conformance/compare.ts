import { elements, type TensorValue } from './tensor.ts';

/** What ONNX's own backend test runner allows (onnx/backend/test/runner): relative and absolute, as numpy's allclose. */
const tolerance = { relative: 1e-3, absolute: 1e-7 } as const;

/** Says how a tensor differs from what is expected beyond the tolerance; undefined when it does not. */
export function difference(expected: TensorValue, actual: TensorValue): string | undefined {
  if (expected.type !== actual.type) return `type ${actual.type}, expected ${expected.type}`;
  if (expected.dims.join() !== actual.dims.join())
    return `shape [${actual.dims.join()}], expected [${expected.dims.join()}]`;
  const wanted = elements(expected);
  const got = elements(actual);
  if (wanted.length !== got.length) return `${got.length} elements, expected ${wanted.length}`;
  const wrong = wanted.findIndex((value, index) => !close(value, got[index]));
  return wrong === -1 ? undefined : `element ${wrong} is ${String(got[wrong])}, expected ${String(wanted[wrong])}`;
}

/** Whether two tensors are the same to the bit (all NaNs count as one). */
export function identical(left: TensorValue, right: TensorValue): boolean {
  if (left.type !== right.type || left.dims.join() !== right.dims.join()) return false;
  const others = elements(right);
  return elements(left).every((value, index) => Object.is(value, others[index]));
}

function close(
  expected: number | bigint | boolean | string,
  actual: number | bigint | boolean | string | undefined,
): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual;
  if (Object.is(expected, actual) || expected === actual) return true;
  return Math.abs(expected - actual) <= tolerance.absolute + tolerance.relative * Math.abs(expected);
}
