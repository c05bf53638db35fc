import { generateActionTables } from './action-tables.ts';
import { generateDocTables } from './doc-tables.ts';
import { findStale, type GeneratedFile } from './generated-file.ts';
import { generateJsonSchemas } from './json-schemas.ts';
import { generateTerraformReadmes } from './terraform-readmes.ts';

/** The generated files of the product whose text in the repository is not the one they should have. */
export async function findStaleProductFiles(): Promise<readonly GeneratedFile[]> {
  const generators = [generateJsonSchemas, generateActionTables, generateTerraformReadmes, generateDocTables];
  return await findStale((await Promise.all(generators.map(async (generate) => await generate()))).flat());
}
