import path from 'node:path';
import { writeSample } from '../../../server/sample-model/write-sample.ts';
import { generateEnvironmentFiles } from '../../generate/environment-files.ts';
import { writeFileBelow, writeJsonBelow } from '../write-file.ts';
import { TEAM_SMOKE } from './smoke.ts';
import { TEAM_ENVIRONMENTS, TEAM_SERVICES } from './team.ts';

/**
 * Writes the team's content, models and environments before their first release, into a checkout or an empty folder.
 *
 * @param services whose content is written; all of them by default
 */
export async function writeSampleTeam(root: string, services: readonly string[] = TEAM_SERVICES): Promise<void> {
  for (const [index, service] of TEAM_SERVICES.entries()) {
    if (!services.includes(service)) continue;
    await writeSample(path.join(root, 'server/models', service), { seed: index + 11 });
  }
  for (const [name, environment] of Object.entries(TEAM_ENVIRONMENTS)) {
    if (!services.includes(environment.service)) continue;
    const files = {
      'environment.json': { $schema: '../environment.schema.json', ...environment },
      'release.json': { $schema: '../release.schema.json', live: null, releases: {} },
      'smoke.json': { $schema: '../smoke.schema.json', ...TEAM_SMOKE[environment.service] },
    };
    for (const [file, content] of Object.entries(files)) {
      await writeJsonBelow(root, `environments/${name}/${file}`, content);
    }
  }
  for (const { path: file, text } of await generateEnvironmentFiles(root)) await writeFileBelow(root, file, text);
}
