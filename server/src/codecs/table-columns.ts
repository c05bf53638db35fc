import { invalid, type Location, type Problem } from '../errors/problem.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';

/** What a name in a table stands for: a whole row of an input, or one value of it. */
export type Target =
  | { readonly kind: 'row'; readonly input: number }
  | { readonly kind: 'value'; readonly input: number; readonly slot: number };

/** The names that the columns of a model may have, and the values in a row of each input. */
export interface TableColumns {
  readonly targets: ReadonlyMap<string, Target>;
  /** Names that belong to several inputs. */
  readonly ambiguous: ReadonlySet<string>;
  /** Values in a row of each input; undefined if a dimension is open. */
  readonly widths: readonly (number | undefined)[];
}

/** Longest row whose values get generated names. */
const mostGenerated = 4096;

const known = new WeakMap<Signature, TableColumns>();

/**
 * The columns of a model: those of signature.json, the name of an input with one value a row, and NAME_0, NAME_1, … for
 * the values of an input without names. The name of an input also stands for its whole row.
 */
export function tableColumns(signature: Signature): TableColumns {
  let columns = known.get(signature);
  if (columns === undefined) {
    columns = compile(signature);
    known.set(signature, columns);
  }
  return columns;
}

function compile({ inputs }: Signature): TableColumns {
  const targets = new Map<string, Target>();
  const ambiguous = new Set<string>();
  const widths = inputs.map(rowWidth);
  for (const [input, { columns = [] }] of inputs.entries()) {
    for (const [slot, name] of columns.entries()) {
      if (targets.has(name)) ambiguous.add(name);
      targets.set(name, { kind: 'value', input, slot });
    }
  }
  for (const [input, { name }] of inputs.entries()) {
    if (!targets.has(name)) targets.set(name, { kind: 'row', input });
  }
  for (const [input, { name, columns }] of inputs.entries()) {
    const width = widths[input] ?? 0;
    if (columns !== undefined || width < 2 || width > mostGenerated) continue;
    for (let slot = 0; slot < width; slot++) {
      const generated = `${name}_${slot}`;
      if (!targets.has(generated)) targets.set(generated, { kind: 'value', input, slot });
    }
  }
  return { targets, ambiguous, widths };
}

/** Values in a row of an input; undefined if a dimension other than the first is open, or all are. */
function rowWidth({ shape, columns }: InputSignature): number | undefined {
  if (shape.length === 0) return undefined;
  if (shape.length === 2 && columns !== undefined) return columns.length;
  let width = 1;
  for (const size of shape.slice(1)) {
    if (typeof size !== 'number') return undefined;
    width *= size;
  }
  return width;
}

/** The target of a name. @throws Problem 422 if the model has no such column, or several */
export function targetOf(name: string, signature: Signature, loc: Location): Target {
  const { targets, ambiguous } = tableColumns(signature);
  const target = targets.get(name);
  if (target === undefined) {
    const kind = signature.inputs.every(({ columns }) => columns === undefined) ? 'input' : 'column';
    const msg = `there is no ${kind} "${name.slice(0, 100)}"; the model has ${listNames(signature)}`;
    throw invalid([...loc, name], msg, 'extra_forbidden');
  }
  if (!ambiguous.has(name)) return target;
  const msg = `several inputs have a column "${name.slice(0, 100)}"; give each input by its name instead`;
  throw invalid([...loc, name], msg, 'ambiguous');
}

/** The targets of the names in a header. @throws Problem 422 for a name that is given twice, unknown or missing */
export function targetsOfHeader(names: readonly string[], signature: Signature, loc: Location): Target[] {
  const seen = new Set<string>();
  const given = new Set<string>();
  const targets = names.map((name) => {
    if (seen.has(name)) throw invalid([...loc, name], `column "${name.slice(0, 100)}" is given twice`, 'duplicate');
    seen.add(name);
    const target = targetOf(name, signature, loc);
    const places = placesOf(target, signature);
    for (const place of places) {
      if (!given.has(place)) given.add(place);
      else throw invalid([...loc, name], `column "${name.slice(0, 100)}" gives values that another column gives`, 'duplicate');
    }
    return target;
  });
  for (const [input, { name }] of signature.inputs.entries()) {
    if (given.has(`${input}`)) continue;
    const slots = Array.from({ length: tableColumns(signature).widths[input] ?? 0 }, (_, slot) => slot);
    const missing = slots.find((slot) => !given.has(`${input}.${slot}`));
    if (missing === undefined && slots.length > 0) continue;
    throw missingColumn(columnName(signature, input, missing ?? 0) ?? name, names, loc);
  }
  return targets;
}

function placesOf(target: Target, signature: Signature): string[] {
  if (target.kind === 'value') return [`${target.input}.${target.slot}`];
  const width = tableColumns(signature).widths[target.input] ?? 0;
  return [`${target.input}`, ...Array.from({ length: width }, (_, slot) => `${target.input}.${slot}`)];
}

/** The problem of a column that a table lacks. */
export function missingColumn(name: string, names: readonly string[], loc: Location): Problem {
  const given = names.join(', ').slice(0, 300);
  return invalid([...loc, name], `column "${name}" is missing; the given columns are ${given}`, 'missing');
}

/** The name of a value of an input, if it has one. */
export function columnName(signature: Signature, input: number, slot: number): string | undefined {
  const spec = signature.inputs[input];
  if (spec?.columns !== undefined) return spec.columns[slot];
  return tableColumns(signature).widths[input] === 1 ? spec?.name : `${spec?.name ?? ''}_${slot}`;
}

function listNames({ inputs }: Signature): string {
  const names = inputs.flatMap(({ name, columns }) => columns ?? [name]);
  return names
    .slice(0, 50)
    .map((name) => `"${name}"`)
    .join(', ');
}
