import type { ContextValue } from './expressions.ts';
import type { WorkflowInputs } from './workflow-model.ts';

/**
 * The `inputs` context of a dispatch or call: declared inputs with their defaults, booleans and numbers as such.
 *
 * @throws Error for an input that is not declared, is missing, or is not of its type.
 */
export function readInputs(
  declared: WorkflowInputs,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, ContextValue>> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  if (unknown.length > 0) throw new Error(`unexpected inputs provided: ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]): [string, ContextValue] => {
      const raw = given[name] ?? input.default ?? (input.type === 'boolean' ? false : '');
      const value =
        typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? raw : JSON.stringify(raw);
      if (input.required && value === '') throw new Error(`required input ${name} not provided`);
      switch (input.type) {
        case 'boolean': {
          if (!['true', 'false'].includes(String(value)))
            throw new Error(`input ${name} is ${String(value)}: true or false`);
          return [name, String(value) === 'true'];
        }
        case 'number':
          if (!Number.isFinite(Number(value))) throw new Error(`input ${name} is ${String(value)}: a number`);
          return [name, Number(value)];
        case 'choice':
          if (!(input.options ?? []).includes(String(value))) {
            throw new Error(`input ${name} is ${String(value)}: one of ${(input.options ?? []).join(', ')}`);
          }
          return [name, String(value)];
        case 'string':
        case 'environment':
          return [name, String(value)];
      }
    }),
  );
}
