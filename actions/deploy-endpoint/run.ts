import type { Environment } from '../lib/domain/environment/environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { findRelease, liveRelease, type Release, type ReleaseFile } from '../lib/domain/release/release.ts';
import type { SmokeFile } from '../lib/domain/smoke/cases.ts';
import type { SwapResult } from '../lib/domain/swap/result.ts';
import { readAttempts } from '../lib/operations/read-attempts.ts';
import { swapRelease, type SwapPorts } from '../lib/operations/swap-release.ts';
import type { DeployEndpointInputs } from './inputs.ts';

export interface DeployEndpointSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly smokeFile: SmokeFile;
}

/**
 * Deploys a release to the endpoint of an environment and verifies it.
 *
 * @throws UserError when it is refused before anything is touched.
 */
export async function runDeployEndpoint(
  inputs: Pick<DeployEndpointInputs, 'release' | 'poll-interval-seconds' | 'heartbeat-seconds'>,
  { environment, releaseFile, smokeFile }: DeployEndpointSubject,
  ports: SwapPorts,
): Promise<SwapResult> {
  const release = releaseToDeploy(inputs.release, environment, releaseFile);
  ports.reporter.info(`deploying release ${release.id} (${release.spec.image}) to ${environment.name}`);
  return await swapRelease(
    {
      task: 'deploy',
      environment,
      releaseFile,
      release,
      smokeFile,
      attempts: await readAttempts(environment.name, ports.ledger),
      reason: null,
      pace: {
        pollMilliseconds: inputs['poll-interval-seconds'],
        heartbeatMilliseconds: inputs['heartbeat-seconds'],
      },
      warnings: [],
    },
    ports,
  );
}

function releaseToDeploy(id: string | undefined, environment: Environment, file: ReleaseFile): Release {
  const release = id === undefined ? liveRelease(file) : findRelease(file, id);
  if (release !== undefined) return release;
  const ids = Object.keys(file.releases);
  throw new UserError({
    what: id === undefined ? `There is no release to deploy to ${environment.name}` : `There is no release ${id}`,
    where: `environments/${environment.name}/release.json${id === undefined ? ' at live' : ''}`,
    expected: ids.length === 0 ? 'a release' : `one of ${ids.join(', ')}`,
    found: id ?? 'null',
    remedy: 'Add a release with `npm run release -- add` and set "live" to it by pull request.',
  });
}
