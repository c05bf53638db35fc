import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeWithTool } from '../../../../scripts/testing/tools.ts';
import { setAttributes } from './set-attributes.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

const block = z.looseObject({
  attributes: z.record(z.string(), z.looseObject({ type: z.unknown() })).default({}),
  get block_types() {
    return z.record(z.string(), z.looseObject({ nesting_mode: z.string(), block })).default({});
  },
});
const schemas = z.looseObject({
  provider_schemas: z.record(
    z.string(),
    z.looseObject({ resource_schemas: z.record(z.string(), z.looseObject({ block })) }),
  ),
});

function setsOf({ attributes, block_types }: z.output<typeof block>, at: readonly string[]): readonly string[] {
  const isSet = (type: unknown): boolean => Array.isArray(type) && type[0] === 'set';
  return [
    ...Object.entries(attributes).flatMap(([name, { type }]) => (isSet(type) ? [[...at, name].join('.')] : [])),
    ...Object.entries(block_types).flatMap(([name, nested]) => [
      ...(nested.nesting_mode === 'set' ? [[...at, name].join('.')] : []),
      ...setsOf(nested.block, [...at, name]),
    ]),
  ];
}

/** The resource types of AWS that the product declares. */
function declaredTypes(): readonly string[] {
  const files = ['terraform/modules', 'terraform/bootstrap'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(?!.*\.terraform).*\.tf$/.test(file))
      .map((file) => path.join(ROOT, folder, file)),
  );
  const found = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^resource "(aws_\w+)"/gm)]);
  return [...new Set(found.map(([, type = '']) => type))].sort();
}

describeWithTool(['terraform'], 'the table of sets', () => {
  it('is what the provider says of each type that the product declares', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'schema-'));
    try {
      writeFileSync(path.join(folder, 'main.tf'), 'provider "aws" {}\n');
      const terraform = (...argv: readonly string[]): string => {
        const options = { cwd: folder, encoding: 'utf8', maxBuffer: 200_000_000 } as const;
        const { status, stdout, stderr } = spawnSync('terraform', argv, options);
        if (status !== 0) throw new Error(`terraform ${argv.join(' ')}: ${stdout}${stderr}`);
        return stdout;
      };
      terraform('init', '-input=false');
      const [provider] = Object.values(
        schemas.parse(JSON.parse(terraform('providers', 'schema', '-json'))).provider_schemas,
      );
      const types = declaredTypes();
      expect(types.length).toBeGreaterThan(20);
      for (const type of types) {
        const schema = provider?.resource_schemas[type];
        if (schema === undefined) throw new Error(`the provider has no ${type}`);
        expect([type, ...setAttributes(type)]).toEqual([type, ...[...setsOf(schema.block, [])].sort()]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
