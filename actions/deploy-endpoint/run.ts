import type { Environment } from '../lib/domain/environment/environment.ts';
import { endpointName } from '../lib/domain/environment/names.ts';
import { oneOf, UserError } from '../lib/domain/errors/user-error.ts';
import { NO_HISTORY } from '../lib/domain/ledger/history.ts';
import { commitToFollow, holdOn, smokeCasesOf } from '../lib/domain/ledger/standing.ts';
import { findRelease, liveRelease, type Release, type ReleaseFile } from '../lib/domain/release/release.ts';
import { smokeFileSchema, type SmokeFile } from '../lib/domain/smoke/cases.ts';
import { HeldError, type SwapResult } from '../lib/domain/swap/result.ts';
import { checkOneVariant } from '../lib/domain/swap/one-variant.ts';
import { swapRelease, type SwapPorts } from '../lib/operations/swap-release.ts';
import type { Git } from '../lib/ports/git.ts';
import type { DeployEndpointInputs } from './inputs.ts';

export interface DeployEndpointSubject {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly smokeFile: SmokeFile;
  /** The commit that is deployed. */
  readonly commit: string;
}

/**
 * Deploys a release to the endpoint of an environment and verifies it.
 *
 * @throws HeldError when a rollback or what was found of the release forbids to route to it.
 * @throws UserError when it is refused before anything is touched.
 */
export async function runDeployEndpoint(
  inputs: Omit<DeployEndpointInputs, 'environment' | 'working-directory' | 'github-token' | 'role-arn'>,
  { environment, releaseFile, smokeFile, commit }: DeployEndpointSubject,
  ports: SwapPorts & { readonly git: Pick<Git, 'mergeBase'> },
): Promise<SwapResult> {
  const release = releaseToDeploy(inputs.release, environment, releaseFile);
  ports.reporter.info(`deploying release ${release.id} (${release.spec.image}) to ${environment.name}`);
  const accepts = inputs['accept-rejected'] === undefined ? [] : [inputs['accept-rejected']];
  const acceptsServing = inputs['accept-serving'] ?? null;
  const endpoint = await ports.endpoints.describe(endpointName(environment));
  // Without an endpoint nothing was ever recorded; the swap says what to do.
  const history = endpoint === undefined ? NO_HISTORY : await ports.ledger.read();
  if (endpoint !== undefined) {
    checkOneVariant(endpoint);
    const earlier = commitToFollow(history, environment);
    const base = earlier === null ? null : await ports.git.mergeBase(commit, earlier);
    const candidate = {
      release: release.id,
      accepts,
      acceptsServing,
      servingConfig: endpoint.configName,
      // Of a commit that Git doesn't know nothing can be told, which is no reason to go on.
      isBeforeRollback: base === undefined || base === commit,
    };
    const hold = holdOn(candidate, history, environment);
    if (hold !== null) throw new HeldError(environment.name, release.id, hold);
  }
  const kept = smokeFileSchema.safeParse(smokeCasesOf(release.id, history)).data;
  return await swapRelease(
    {
      task: 'deploy',
      environment,
      releaseFile,
      release,
      smokeFile: inputs.recheck ? smokeFile : (kept ?? smokeFile),
      history,
      leaves: null,
      accepts,
      acceptsServing,
      reason: null,
      provenance: inputs.provenance ?? null,
      pace: {
        pollMilliseconds: inputs['poll-interval-seconds'],
        heartbeatMilliseconds: inputs['heartbeat-seconds'],
      },
      warnings: history.damage === null ? [] : [`the ledger is not whole: ${history.damage}`],
    },
    ports,
  );
}

function releaseToDeploy(id: string | undefined, environment: Environment, file: ReleaseFile): Release {
  const release = id === undefined ? liveRelease(file) : findRelease(file, id);
  if (release !== undefined) return release;
  throw new UserError({
    what: id === undefined ? `There is no release to deploy to ${environment.name}` : `There is no release ${id}`,
    where: `environments/${environment.name}/release.json${id === undefined ? ' at live' : ''}`,
    expected: oneOf(Object.keys(file.releases), 'a release'),
    found: id ?? 'null',
    remedy: 'Add a release with `npm run release -- add` and set "live" to it by pull request.',
  });
}
