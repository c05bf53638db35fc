import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { releaseIdOf, type ReleaseSpec } from '../../../actions/lib/domain/release/release.ts';
import { VALID_ENVIRONMENT } from '../../../actions/lib/testing/valid-environment.ts';
import { trainSample } from '../../../server/sample-model/sample-model.ts';
import { renderBackendConfig, stateLocation } from '../../generate/environment-files.ts';
import { TEAM_SMOKE } from '../../testing/sample-team/smoke.ts';
import { writeFileBelow, writeJsonBelow } from '../../testing/write-file.ts';

/** A fork of version 1: one service and one environment with three releases, of which the third is live. */
export interface Version1 {
  /** Ids of the releases, oldest first. */
  readonly releases: readonly string[];
}

/** The environment of the fork. */
export const ENVIRONMENT = 'trial';

/** Writes the content of a fork as version 1 of the product had it. */
export async function writeVersion1(
  root: string,
  specs: readonly ReleaseSpec[],
  environment: object = {},
): Promise<Version1> {
  const folder = `environments/${ENVIRONMENT}`;
  // JSON leaves an undefined field out: version 1 had none.
  const settings = { ...VALID_ENVIRONMENT, ...environment, formatVersion: undefined };
  const { service, account, region } = settings;
  const releases = specs.map((spec, index) => ({
    id: releaseIdOf(spec),
    entry: {
      spec,
      source: {
        commit: String(index).repeat(40),
        createdAt: `2026-01-0${String(index + 1)}T12:00:00Z`,
        promotedFrom: null,
      },
    },
  }));
  await writeJsonBelow(root, `${folder}/environment.json`, { $schema: '../environment.schema.json', ...settings });
  await writeJsonBelow(root, `${folder}/release.json`, {
    $schema: '../release.schema.json',
    live: releases.at(-1)?.id ?? null,
    releases: Object.fromEntries(releases.map(({ id, entry }) => [id, entry])),
  });
  await writeJsonBelow(root, `${folder}/smoke.json`, { $schema: '../smoke.schema.json', ...TEAM_SMOKE.scoring });
  const state = stateLocation({ ...VALID_ENVIRONMENT, service, account, name: ENVIRONMENT }, region);
  await writeFileBelow(root, `${folder}/backend.hcl`, renderBackendConfig(state));
  const fixtures = path.join(import.meta.dirname, 'version-1');
  await cp(path.join(fixtures, 'main.tf'), path.join(root, folder, 'main.tf'));
  await cp(
    path.join(import.meta.dirname, '../../../terraform/environment/.terraform.lock.hcl'),
    path.join(root, folder, '.terraform.lock.hcl'),
  );
  await mkdir(path.join(root, folder, 'tests'), { recursive: true });
  await cp(path.join(fixtures, 'environment.tftest.hcl'), path.join(root, folder, 'tests/environment.tftest.hcl'));
  const { model, golden } = trainSample({ seed: 4 });
  await writeFileBelow(root, 'server/model/model.onnx', model);
  await writeJsonBelow(root, 'server/model/golden.json', {
    tolerance: 0.0001,
    cases: golden.cases.map(({ request, expect }) => ({
      features: request.json.features,
      prediction: expect.outputs.prediction.value,
    })),
  });
  for (const file of ['README.md', 'train.ts']) await writeFileBelow(root, `server/model/${file}`, 'the product\n');
  await writeJsonBelow(root, `terraform/bootstrap/accounts/${account}.tfvars.json`, { service, account });
  return { releases: releases.map(({ id }) => id) };
}
