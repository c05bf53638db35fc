import { shapeOf, type ApiModel, type Shape } from '../api-models/api-model.ts';

/** One breach of the API model: `path` is the member as AWS names it in messages. */
export interface Violation {
  readonly path: string;
  readonly value: unknown;
  readonly constraint: string;
}

/** Every breach of a shape's rules (required, lengths, ranges, patterns, enumerations) in a decoded value. */
export function findViolations(model: ApiModel, shapeName: string, value: unknown, path = ''): Violation[] {
  const shape = shapeOf(model, shapeName);
  switch (shape.type) {
    case 'structure':
      return structureViolations(model, shape, value, path);
    case 'list':
      if (!Array.isArray(value)) return [];
      return [
        ...sizeViolations(shape, value.length, value, path, 'length'),
        ...value.flatMap((element, index) =>
          findViolations(model, shape.member?.shape ?? '', element, `${path}.${index + 1}.member`),
        ),
      ];
    case 'map': {
      const entries = isRecord(value) ? Object.entries(value) : [];
      return [
        ...sizeViolations(shape, entries.length, value, path, 'length'),
        ...entries.flatMap(([key, element]) => [
          ...findViolations(model, shape.key?.shape ?? '', key, `${path}.key`),
          ...findViolations(model, shape.value?.shape ?? '', element, `${path}.${key}.member`),
        ]),
      ];
    }
    case 'string':
      return typeof value === 'string' ? stringViolations(shape, value, path) : [];
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return typeof value === 'number' ? sizeViolations(shape, value, value, path, 'value') : [];
    // The one blob served is the invocation body, whose limit is an option of the HTTP server.
    case 'blob':
    case 'boolean':
    case 'timestamp':
      return [];
  }
}

/** The sentence that AWS answers for breaches of the API model. */
export function renderViolations(violations: readonly Violation[]): string {
  const sentences = violations.map(({ path, value, constraint }) => {
    const shown = value === undefined ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
    return `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
  return `${count}: ${sentences.join('; ')}`;
}

function structureViolations(model: ApiModel, shape: Shape, value: unknown, path: string): Violation[] {
  if (!isRecord(value)) return [];
  return Object.entries(shape.members ?? {}).flatMap(([name, reference]) => {
    const member = value[name];
    const memberPath = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
    if (member !== undefined) return findViolations(model, reference.shape, member, memberPath);
    return shape.required?.includes(name) === true
      ? [{ path: memberPath, value: undefined, constraint: 'Member must not be null' }]
      : [];
  });
}

function stringViolations(shape: Shape, value: string, path: string): Violation[] {
  const violations = sizeViolations(shape, value.length, value, path, 'length');
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    const constraint = `Member must satisfy enum value set: [${shape.enum.join(', ')}]`;
    violations.push({ path, value, constraint });
  }
  if (shape.pattern !== undefined && !matchesPattern(shape.pattern, value)) {
    violations.push({ path, value, constraint: `Member must satisfy regular expression pattern: ${shape.pattern}` });
  }
  return violations;
}

function sizeViolations(
  shape: Shape,
  size: number,
  value: unknown,
  path: string,
  noun: 'length' | 'value',
): Violation[] {
  const violations: Violation[] = [];
  if (shape.min !== undefined && size < shape.min) {
    violations.push({ path, value, constraint: `Member must have ${noun} greater than or equal to ${shape.min}` });
  }
  if (shape.max !== undefined && size > shape.max) {
    violations.push({ path, value, constraint: `Member must have ${noun} less than or equal to ${shape.max}` });
  }
  return violations;
}

const patterns = new Map<string, RegExp>();

function matchesPattern(pattern: string, value: string): boolean {
  const expression = patterns.get(pattern) ?? compilePattern(pattern);
  patterns.set(pattern, expression);
  return expression.test(value);
}

/** An API model's pattern, which is Java's and matches the whole value. @throws SyntaxError for one that is not. */
export function compilePattern(pattern: string): RegExp {
  const translated = pattern
    .replaceAll('[\\p{Print}]', '[\\x20-\\x7E]')
    .replaceAll('\\p{Print}', '[\\x20-\\x7E]')
    .replaceAll('\\A', '')
    .replaceAll('\\z', '');
  return new RegExp(`^(?:${translated})$`, 'u');
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Whether a value is a plain JSON object (or a decoded structure). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
