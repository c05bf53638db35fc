/**
 * Fits `target ≈ row · weights + intercept` by least squares: Cholesky on the normal equations of centred columns.
 * Only +, -, *, / and sqrt in a fixed order, all of which IEEE 754 rounds exactly: the same bits on every machine.
 * @throws Error when there are no rows, or columns are constant or linearly dependent.
 */
export function fitLeastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
): { weights: number[]; intercept: number } {
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.length !== targets.length) {
    throw new Error(
      `least squares needs as many targets as rows, and one column: ${rows.length} rows of ${width}, ${targets.length} targets`,
    );
  }
  const means = Array.from({ length: width }, (_, column) => mean(rows.map((row) => at(row, column))));
  const targetMean = mean(targets);
  const centred = rows.map((row) => means.map((columnMean, column) => at(row, column) - columnMean));
  const gram = means.map((_, left) =>
    means.map((__, right) => sum(centred.map((row) => at(row, left) * at(row, right)))),
  );
  const moments = means.map((_, column) =>
    sum(centred.map((row, index) => at(row, column) * (at(targets, index) - targetMean))),
  );
  const weights = solveCholesky(gram, moments);
  const intercept = targetMean - sum(weights.map((weight, column) => weight * at(means, column)));
  return { weights, intercept };
}

function solveCholesky(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const lower: number[][] = [];
  for (let row = 0; row < size; row += 1) {
    const current: number[] = [];
    for (let column = 0; column < row; column += 1) {
      current.push(
        (at(atRow(matrix, row), column) - dot(current, atRow(lower, column), column)) /
          at(atRow(lower, column), column),
      );
    }
    const pivot = at(atRow(matrix, row), row) - dot(current, current, row);
    if (!(pivot > 1e-12 * at(atRow(matrix, row), row))) {
      throw new Error(`least squares: column ${row} is constant or depends on the columns before it`);
    }
    current.push(Math.sqrt(pivot));
    lower.push(current);
  }
  const forward: number[] = [];
  for (let row = 0; row < size; row += 1) {
    forward.push((at(right, row) - dot(atRow(lower, row), forward, row)) / at(atRow(lower, row), row));
  }
  const solution = Array.from({ length: size }, () => 0);
  for (let row = size - 1; row >= 0; row -= 1) {
    let rest = at(forward, row);
    for (let below = row + 1; below < size; below += 1) rest -= at(atRow(lower, below), row) * at(solution, below);
    solution[row] = rest / at(atRow(lower, row), row);
  }
  return solution;
}

function dot(left: readonly number[], right: readonly number[], length: number): number {
  let total = 0;
  for (let index = 0; index < length; index += 1) total += at(left, index) * at(right, index);
  return total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`least squares: a row has no column ${index}`);
  return value;
}

function atRow(values: readonly (readonly number[])[], index: number): readonly number[] {
  const row = values[index];
  if (row === undefined) throw new Error(`least squares: no row ${index}`);
  return row;
}
