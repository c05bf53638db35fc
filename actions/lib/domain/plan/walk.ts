import { isSame } from './diff.ts';
import { memberOf } from './redact.ts';

type Visit = (path: readonly string[], value: unknown, other: unknown) => void;

/**
 * Visits every leaf of a value that differs from what stands at the same place of another one. Elements that the other
 * array has too, wherever, are left out.
 */
export function walk(value: unknown, other: unknown, visit: Visit): void {
  step(value, other, [], visit);
}

function step(value: unknown, other: unknown, path: string[], visit: Visit): void {
  if (typeof value !== 'object' || value === null) {
    if (path.length > 0 && value !== other) visit(path, value, other);
    return;
  }
  const others: readonly unknown[] = Array.isArray(other) ? other : [];
  for (const key of Object.keys(value)) {
    if (Array.isArray(value) && others.some((element) => isSame(element, memberOf(value, key)))) continue;
    // One array for the whole walk: most leaves are the same on both sides, and need no path.
    path.push(key);
    step(memberOf(value, key), memberOf(other, key), path, visit);
    path.pop();
  }
}
