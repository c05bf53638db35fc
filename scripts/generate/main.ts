import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateActionTables } from './action-tables.ts';
import { generateEnvironmentFiles } from './environment-files.ts';
import { generateJsonSchemas } from './json-schemas.ts';
import { generateServerReadme } from './server-readme.ts';
import { generateTerraformReadmes } from './terraform-readmes.ts';
import { ROOT } from '../build.ts';
import { parseCommandLine, runCommand } from '../command-line.ts';

/** A file that is made from another: its path in the repository and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const PRODUCT_GENERATORS: readonly (() => Promise<readonly GeneratedFile[]>)[] = [
  generateJsonSchemas,
  generateActionTables,
  generateServerReadme,
  generateTerraformReadmes,
];

/** The generated files of the product whose text in the repository is not the one they should have. */
export async function findStaleProductFiles(): Promise<readonly GeneratedFile[]> {
  return await staleOf((await Promise.all(PRODUCT_GENERATORS.map(async (generate) => await generate()))).flat());
}

async function staleOf(files: readonly GeneratedFile[]): Promise<readonly GeneratedFile[]> {
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
  await runCommand('npm run generate', 'usage: npm run generate', async () => {
    parseCommandLine({ options: {} });
    for (const file of [...(await findStaleProductFiles()), ...(await staleOf(await generateEnvironmentFiles()))]) {
      const target = path.join(ROOT, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, file.text);
      console.log(`wrote ${file.path}`);
    }
  });
}
