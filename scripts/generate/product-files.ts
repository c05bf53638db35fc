import { generateActionTables } from './action-tables.ts';
import { generateDomainSubjects } from './domain-subjects.ts';
import { findStale, type GeneratedFile } from './generated-file.ts';
import { generateJsonSchemas } from './json-schemas.ts';
import { generateServerReadme } from './server-readme.ts';
import { generateTerraformReadmes } from './terraform-readmes.ts';

/** The generated files of the product whose text in the repository is not the one they should have. */
export async function findStaleProductFiles(): Promise<readonly GeneratedFile[]> {
  const generators = [
    generateJsonSchemas,
    generateActionTables,
    generateServerReadme,
    generateTerraformReadmes,
    generateDomainSubjects,
  ];
  return await findStale((await Promise.all(generators.map(async (generate) => await generate()))).flat());
}
