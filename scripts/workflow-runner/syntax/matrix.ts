import type { ContextValue } from './expressions.ts';

/** The combinations of a matrix, in GitHub's order; `include` and `exclude` as it applies them. */
export function expandMatrix(
  matrix: Readonly<Record<string, ContextValue>>,
): readonly Readonly<Record<string, ContextValue>>[] {
  const { include, exclude, ...axes } = matrix;
  let combinations: Record<string, ContextValue>[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    if (!isList(values)) throw new Error(`the matrix axis ${name} is no list: ${JSON.stringify(values)}`);
    combinations = combinations.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value })));
  }
  if (Object.keys(axes).length === 0) combinations = [];
  combinations = combinations.filter((combination) => !objects(exclude).some((entry) => fits(entry, combination)));
  const originals = combinations.map((combination) => ({ ...combination }));
  for (const entry of objects(include)) {
    // Added to every combination whose own values it doesn't change; else it is one of its own.
    const own = Object.fromEntries(Object.entries(entry).filter(([key]) => Object.hasOwn(axes, key)));
    const targets = combinations.filter((_, index) => {
      const original = originals[index];
      return original !== undefined && fits(own, original);
    });
    if (targets.length === 0 || originals.length === 0) combinations.push({ ...entry });
    else for (const target of targets) Object.assign(target, entry);
  }
  return combinations;
}

function isList(value: ContextValue): value is readonly ContextValue[] {
  return Array.isArray(value);
}

function objects(value: ContextValue | undefined): readonly Readonly<Record<string, ContextValue>>[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) throw new Error(`include and exclude are lists: ${JSON.stringify(value)}`);
  return value.map((entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw new Error('include and exclude hold objects');
    return entry as Readonly<Record<string, ContextValue>>;
  });
}

function fits(part: Readonly<Record<string, ContextValue>>, whole: Readonly<Record<string, ContextValue>>): boolean {
  return Object.entries(part).every(([key, value]) => JSON.stringify(whole[key]) === JSON.stringify(value));
}
