import { shapeOf, type ApiModel, type Shape } from './api-model.ts';

/** Longer enumerations (instance types) stay strings in the types; the validator still knows every value. */
const MAXIMUM_UNION_MEMBERS = 40;

/** TypeScript declarations of every structure of a model, and one interface that maps operations to them. */
export function renderTypes(model: ApiModel): string {
  const structures = Object.entries(model.shapes)
    .filter(([, shape]) => shape.type === 'structure' && shape.error === undefined)
    .map(([name, shape]) => renderStructure(model, name, shape));
  const operations = Object.entries(model.operations).map(
    ([name, { input, output }]) =>
      `  ${name}: { input: ${input ?? 'Record<string, never>'}; output: ${output ?? 'Record<string, never>'} };`,
  );
  const header = `// Generated from the official API model of ${model.metadata.serviceId} by api-models/generate.ts. Do not edit.\n`;
  return `${header}\n${structures.join('\n')}\nexport interface Operations {\n${operations.join('\n')}\n}\n`;
}

function renderStructure(model: ApiModel, name: string, shape: Shape): string {
  const members = Object.entries(shape.members ?? {}).map(([member, reference]) => {
    const type = renderType(model, reference.shape);
    return shape.required?.includes(member) === true ? `  ${member}: ${type};` : `  ${member}?: ${type} | undefined;`;
  });
  return members.length === 0
    ? `export type ${name} = Record<string, never>;\n`
    : `export interface ${name} {\n${members.join('\n')}\n}\n`;
}

function renderType(model: ApiModel, name: string): string {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure':
      return name;
    case 'list':
      return `readonly (${renderType(model, shape.member?.shape ?? '')})[]`;
    case 'map':
      return `Readonly<Record<string, ${renderType(model, shape.value?.shape ?? '')}>>`;
    case 'string':
      return shape.enum === undefined || shape.enum.length > MAXIMUM_UNION_MEMBERS
        ? 'string'
        : shape.enum.map((value) => `'${value}'`).join(' | ');
    case 'boolean':
      return 'boolean';
    case 'timestamp':
      return 'Date';
    case 'blob':
      return 'Uint8Array';
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return 'number';
  }
}
