import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly items?: Schema | undefined;
  readonly required?: readonly string[] | undefined;
}
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), schema).optional(),
    anyOf: z.array(schema).optional(),
    items: schema.optional(),
    required: z.array(z.string()).optional(),
  }),
);

/** The schema of a setting; of one that may be null, what it is otherwise. */
function within(parent: Schema, key: string): Schema | undefined {
  const found = key === '' ? parent.items : parent.properties?.[key];
  return found?.anyOf?.find(({ properties, items }) => properties !== undefined || items !== undefined) ?? found;
}

it('knows and requires the keys in Terraform that environment.schema.json does, used there or not', async () => {
  const settings = schema.parse(
    JSON.parse(await readFile(path.join(ROOT, 'environments/environment.schema.json'), 'utf8')),
  );
  const module = await readFile(path.join(ROOT, 'terraform/modules/environment-file/main.tf'), 'utf8');
  const block = /^ {2}known_keys = \{\n([\s\S]*?)^ {2}\}$/m.exec(module)?.[1] ?? '';
  const places = [...block.matchAll(/^ {4}"?([\w.]*)"? *= \[([^\]]*)\]/gm)].map(
    ([, place = '', keys = '']) => [place, [...keys.matchAll(/"([^"]+)"/g)].map(([, key = '']) => key)] as const,
  );
  expect(places.length).toBeGreaterThan(10);
  // Names, and the keys of whole places.
  const [, names = '', wholes = ''] =
    /optional_keys = concat\(\s*\[([^\]]*)\],\s*([\s\S]*?)\n {2}\)/.exec(module) ?? [];
  const optional = [
    ...[...names.matchAll(/"([^"]+)"/g)].map(([, key = '']) => key),
    ...places
      .filter(([place]) => wholes.includes(`known_keys.${place},`) || wholes.includes(`["${place}"]`))
      .flatMap(([, keys]) => keys),
  ];
  for (const [place, keys] of places) {
    const found = (place === '' ? [] : place.split('.')).reduce<Schema | undefined>(
      (parent, key) => (parent === undefined ? undefined : within(parent, key)),
      settings,
    );
    expect([place, [...keys].sort()]).toEqual([place, Object.keys(found?.properties ?? {}).sort()]);
    const required = keys.filter((key) => !optional.includes(key));
    expect([place, required.sort()]).toEqual([place, [...(found?.required ?? [])].sort()]);
  }
});
