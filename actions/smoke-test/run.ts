import type { Environment } from '../lib/domain/environment/environment.ts';
import { oneOf, UserError } from '../lib/domain/errors/user-error.ts';
import { endpointName } from '../lib/domain/environment/names.ts';
import { modelToLoad } from '../lib/domain/release/model-artifact.ts';
import { findRelease, type ReleaseFile } from '../lib/domain/release/release.ts';
import type { SmokeFile } from '../lib/domain/smoke/cases.ts';
import type { SmokeReport } from '../lib/domain/smoke/check.ts';
import { checkOneVariant } from '../lib/domain/swap/one-variant.ts';
import type { Endpoints } from '../lib/ports/endpoints.ts';
import { smokeTest, type SmokePorts } from '../lib/operations/smoke-test.ts';
import type { SmokeTestInputs } from './inputs.ts';

export interface SmokeTestSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly smokeFile: SmokeFile;
}

/** How a smoke test on its own ended. */
export interface SmokeTestResult {
  readonly environment: string;
  readonly endpointName: string;
  readonly release: string;
  readonly report: SmokeReport;
}

/**
 * Runs the smoke cases of an environment against its endpoint; changes nothing.
 *
 * @throws UserError when there is no release that could answer, or the endpoint has more than one variant.
 */
export async function runSmokeTest(
  inputs: Pick<SmokeTestInputs, 'release'>,
  { environment, releaseFile, smokeFile }: SmokeTestSubject,
  ports: SmokePorts & { readonly endpoints: Pick<Endpoints, 'describe'> },
): Promise<SmokeTestResult> {
  const release = inputs.release ?? releaseFile.live;
  const declared = findRelease(releaseFile, release ?? '');
  if (release === null || declared === undefined) {
    throw new UserError({
      what: `There is no release ${release ?? ''} in ${environment.name} that could answer`.replace('  ', ' '),
      where: `environments/${environment.name}/release.json`,
      expected: oneOf(Object.keys(releaseFile.releases), 'a release'),
      found: release ?? 'null at live',
      remedy: 'Name a release that is listed, or leave the input empty for the live one.',
    });
  }
  const name = endpointName(environment);
  const endpoint = await ports.endpoints.describe(name);
  if (endpoint !== undefined) checkOneVariant(endpoint);
  const report = await smokeTest(
    name,
    { file: smokeFile, releaseId: release, modelDigest: modelToLoad(declared), parity: null, judgesLatency: true },
    ports,
  );
  return { environment: environment.name, endpointName: name, release, report };
}
