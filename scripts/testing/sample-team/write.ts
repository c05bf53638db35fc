import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { trainSample } from '../../../server/sample-model/sample-model.ts';
import { generateEnvironmentFiles } from '../../generated/environment-files.ts';
import { TEAM_SMOKE } from './smoke.ts';
import { TEAM_ENVIRONMENTS, TEAM_SERVICES } from './team.ts';

/** Writes the team's content, models and environments before their first release, into a checkout or an empty folder. */
export async function writeSampleTeam(root: string): Promise<void> {
  for (const [index, service] of TEAM_SERVICES.entries()) {
    const { model, golden } = trainSample({ seed: index + 11 });
    await write(root, `server/models/${service}/model.onnx`, model);
    await write(root, `server/models/${service}/golden.json`, renderJson(golden));
  }
  for (const [name, environment] of Object.entries(TEAM_ENVIRONMENTS)) {
    const files = {
      'environment.json': { $schema: '../environment.schema.json', ...environment },
      'release.json': { $schema: '../release.schema.json', live: null, releases: {} },
      'smoke.json': { $schema: '../smoke.schema.json', ...TEAM_SMOKE[environment.service] },
    };
    for (const [file, content] of Object.entries(files)) {
      await write(root, `environments/${name}/${file}`, renderJson(content));
    }
  }
  for (const { path: file, text } of await generateEnvironmentFiles(root)) await write(root, file, text);
}

async function write(root: string, file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

function renderJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
