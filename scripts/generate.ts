import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateActionTables } from './generated/action-tables.ts';
import { generateEnvironmentFiles } from './generated/environment-files.ts';
import { generateJsonSchemas } from './generated/json-schemas.ts';
import { generateTerraformReadmes } from './generated/terraform-readmes.ts';
import { ROOT } from './build.ts';

/** A file that is made from another: its path in the repository and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const GENERATORS: readonly (() => Promise<readonly GeneratedFile[]>)[] = [
  generateJsonSchemas,
  generateActionTables,
  async () => await generateEnvironmentFiles(),
  generateTerraformReadmes,
];

/** The generated files whose text in the repository is not the one they should have. */
export async function findStaleFiles(): Promise<readonly GeneratedFile[]> {
  const files = (await Promise.all(GENERATORS.map(async (generate) => await generate()))).flat();
  const stale = await Promise.all(
    files.map(async (file) => ((await readText(path.join(ROOT, file.path))) === file.text ? [] : [file])),
  );
  return stale.flat();
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === import.meta.filename) {
  for (const file of await findStaleFiles()) {
    const target = path.join(ROOT, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, file.text);
    console.log(`wrote ${file.path}`);
  }
}
