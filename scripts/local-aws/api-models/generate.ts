/** Writes the API models and their types from the installed botocore: `npx tsx scripts/local-aws/api-models/generate.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { extractModel, findBotocoreData, readServiceDocument } from './extract-model.ts';
import { renderTypes } from './render-types.ts';
import { servedOperations } from './served-operations.ts';

const botocoreData = findBotocoreData();
const options = await resolveConfig(import.meta.filename);
for (const [service, { botocore, operations }] of Object.entries(servedOperations)) {
  const model = extractModel(readServiceDocument(botocoreData, botocore), operations);
  const files = { [`${service}.json`]: JSON.stringify(model), [`${service}.types.ts`]: renderTypes(model) };
  for (const [file, text] of Object.entries(files)) {
    const parser = file.endsWith('.json') ? 'json' : 'typescript';
    writeFileSync(join(import.meta.dirname, file), await format(text, { ...options, parser }));
  }
}
