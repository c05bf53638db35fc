import type { Environment } from '../lib/domain/environment/environment.ts';
import { describeError, UserError } from '../lib/domain/errors/user-error.ts';
import type { AttemptRecord } from '../lib/domain/ledger/ledger.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig } from '../lib/domain/environment/names.ts';
import { findRelease, type ReleaseFile } from '../lib/domain/release/release.ts';
import { chooseRollbackTarget } from '../lib/domain/ledger/rollback-target.ts';
import type { SmokeFile } from '../lib/domain/smoke/cases.ts';
import type { SwapResult } from '../lib/domain/swap/result.ts';
import { abortUpdate } from '../lib/operations/abort-update.ts';
import { readAttempts } from '../lib/operations/read-attempts.ts';
import { swapRelease, type SwapPorts } from '../lib/operations/swap-release.ts';
import type { RollbackEndpointInputs } from './inputs.ts';

export interface RollbackEndpointSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly smokeFile: SmokeFile;
}

/**
 * Takes the endpoint of an environment back to a release that was verified before, and verifies it again.
 *
 * @throws UserError when there is no release to go back to, or it is refused before anything is touched.
 */
export async function runRollbackEndpoint(
  inputs: Pick<
    RollbackEndpointInputs,
    'release' | 'reason' | 'force' | 'aborted' | 'in-flight' | 'poll-interval-seconds' | 'heartbeat-seconds'
  >,
  { environment, releaseFile, smokeFile }: RollbackEndpointSubject,
  ports: SwapPorts,
): Promise<SwapResult> {
  const endpoint = await ports.endpoints.describe(endpointName(environment));
  const { attempts, warnings } = await attemptsOrForce(inputs, environment, ports);
  const target = chooseRollbackTarget({
    environment: environment.name,
    asked: inputs.release,
    force: inputs.force,
    // An update in flight, or one that was just aborted, is what is rolled back from; what serves is a candidate then.
    leaving: releaseIdOfConfig(
      environment,
      inputs.aborted ?? endpoint?.pending?.configName ?? endpoint?.configName ?? '',
    ),
    attempts,
    declared: Object.keys(releaseFile.releases),
  });
  const release = findRelease(releaseFile, target.release);
  if (release === undefined) throw new Error(`release ${target.release} was chosen although it is not declared`);
  ports.reporter.info(
    `rolling ${environment.name} back to release ${release.id} (${release.spec.image}): ${inputs.reason}`,
  );
  if (
    inputs['in-flight'] === 'abort' &&
    endpoint?.pending?.configName !== endpointConfigName(environment, release.id)
  ) {
    await abortUpdate(environment, ports);
  }
  return await swapRelease(
    {
      task: 'rollback',
      environment,
      releaseFile,
      release,
      smokeFile,
      attempts,
      reason: inputs.reason,
      pace: {
        pollMilliseconds: inputs['poll-interval-seconds'],
        heartbeatMilliseconds: inputs['heartbeat-seconds'],
      },
      warnings: [...warnings, ...target.warnings],
    },
    ports,
  );
}

/** A forced rollback to a named release must work while GitHub's API does not. */
async function attemptsOrForce(
  { release, force }: Pick<RollbackEndpointInputs, 'release' | 'force'>,
  environment: Environment,
  { ledger }: SwapPorts,
): Promise<{ readonly attempts: readonly AttemptRecord[]; readonly warnings: readonly string[] }> {
  try {
    return { attempts: await readAttempts(environment.name, ledger), warnings: [] };
  } catch (error) {
    if (release !== undefined && force) {
      return { attempts: [], warnings: [`the ledger could not be read; forced: ${describeError(error)}`] };
    }
    throw new UserError({
      what: 'The ledger of verified releases could not be read',
      where: `GitHub deployments of ${environment.name}`,
      found: describeError(error),
      remedy: 'Run again when GitHub answers; or name the release with "release" and set "force: true".',
      cause: error,
    });
  }
}
