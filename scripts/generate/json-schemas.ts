import * as prettier from 'prettier';
import { z } from 'zod';
import { pricesSchema } from '../../actions/lib/domain/cost/prices.ts';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { buildFileSchema } from '../../actions/lib/domain/image/build-file.ts';
import { reviewFileSchema } from '../../actions/lib/domain/model-review/limits.ts';
import { releaseFileSchema } from '../../actions/lib/domain/release/release.ts';
import { goldenFileSchema, smokeFileSchema } from '../../actions/lib/domain/smoke/cases.ts';
import type { GeneratedFile } from './generated-file.ts';

const SCHEMAS = [
  { file: 'environments/environment.schema.json', title: 'environment.json', schema: environmentFileSchema },
  { file: 'environments/smoke.schema.json', title: 'smoke.json', schema: smokeFileSchema },
  { file: 'environments/release.schema.json', title: 'release.json', schema: releaseFileSchema },
  { file: 'environments/prices.schema.json', title: 'prices.json', schema: pricesSchema },
  { file: 'server/build.schema.json', title: 'build.json', schema: buildFileSchema },
  { file: 'server/golden.schema.json', title: 'golden.json', schema: goldenFileSchema },
  { file: 'server/review.schema.json', title: 'review.json', schema: reviewFileSchema },
] as const;

/** The JSON Schemas that editors pick up through `$schema`, from the schemas that the parsers use. */
export async function generateJsonSchemas(): Promise<readonly GeneratedFile[]> {
  return await Promise.all(
    SCHEMAS.map(async ({ file, title, schema }) => {
      const document = { title, ...z.toJSONSchema(schema, { io: 'input' }) };
      const options = await prettier.resolveConfig(file);
      return { path: file, text: await prettier.format(JSON.stringify(document), { ...options, parser: 'json' }) };
    }),
  );
}
