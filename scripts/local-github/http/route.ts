import type { Operation } from '../openapi/validator.ts';

/** The operation of a request, with its path parameters. */
export interface Match {
  readonly operation: Operation;
  readonly path: Record<string, string>;
}

// These can contain slashes: a file, a branch, a ref.
const LONG = new Set(['path', 'ref', 'branch', 'base', 'head']);

/** Finds the operation of a method and a path; the one with the most fixed text wins. */
export function createRouter(operations: readonly Operation[]): (method: string, path: string) => Match | undefined {
  const routes = operations
    .map((operation) => ({ operation, ...compile(operation.path) }))
    .sort((a, b) => b.fixedLength - a.fixedLength);
  return (method, path) => {
    for (const { operation, pattern, names } of routes) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match === null) continue;
      return {
        operation,
        path: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')])),
      };
    }
    return undefined;
  };
}

function compile(template: string): {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly fixedLength: number;
} {
  const names: string[] = [];
  let fixedLength = 0;
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) {
        fixedLength += part.length;
        return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      }
      names.push(name);
      return LONG.has(name) ? '(.+?)' : '([^/]+)';
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`), names, fixedLength };
}
