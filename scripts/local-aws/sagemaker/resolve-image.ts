import { DOCKER_MANIFEST } from '../ecr/manifest.ts';
import { findManifest, type AllRepositories, type Repositories, type Repository } from '../ecr/repository.ts';
import type { DeployedImage } from '../api-models/sagemaker.types.ts';
import { LaunchError, type ImageLocation } from '../instances/launcher.ts';
import { dnsSuffixOf } from '../core/place.ts';
import { validationException } from '../wire/aws-error.ts';
import { parseImageReference, type ImageReference } from './image-reference.ts';

/**
 * The repository of a reference, in any account and region. Both "127.0.0.1:PORT/NAME" and the ECR form
 * "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME" name it.
 */
function findRepository(repositories: AllRepositories, { host, repository }: ImageReference): Repository | undefined {
  const found = repositories.all.get(repository);
  if (found === undefined) return undefined;
  const { accountId, region } = found.place;
  const hosts = [repositories.host(), `${accountId}.dkr.ecr.${region}.${dnsSuffixOf(region)}`];
  return hosts.includes(host) ? found : undefined;
}

/**
 * Checks that a model's image is in the model's region, as SageMaker does; it can be in another account.
 * @throws AwsError ValidationException in the words of https://github.com/aws/sagemaker-pytorch-inference-toolkit/pull/7
 */
export function checkImageRegion(repositories: Repositories, image: string): void {
  const parsed = parseImageReference(image);
  const written = /\.dkr\.ecr\.(?<region>[^.]+)\.amazonaws\.com/.exec(image)?.groups?.['region'];
  const region = written ?? (parsed && findRepository(repositories, parsed)?.place.region);
  const expected = repositories.place.region;
  if (region === undefined || region === expected) return;
  throw validationException(
    `Region of "${image}" does not match expected region of ${expected}. Cross region ECR image pulls are not allowed.`,
  );
}

/**
 * The current digest of a model's image.
 * @throws LaunchError when the image is missing, or is not a Docker schema 2 manifest, which SageMaker refuses.
 */
export function resolveImage(
  repositories: Repositories,
  image: string,
): { readonly location: ImageLocation; readonly deployed: DeployedImage } {
  const parsed = parseImageReference(image);
  const repository = parsed && findRepository(repositories, parsed);
  const stored =
    repository?.place.region === repositories.place.region && parsed && findManifest(repository, parsed.reference);
  if (parsed === undefined || !stored) throw new LaunchError(`Requested image ${image} not found.`);
  if (stored.mediaType !== DOCKER_MANIFEST) {
    throw new LaunchError(
      `Unsupported manifest media type ${stored.mediaType} for image ${image}. Ensure that valid manifest media type is used for specified image.`,
    );
  }
  stored.lastPulledAt = repositories.now();
  return {
    location: { repository: parsed.repository, digest: stored.digest },
    deployed: {
      SpecifiedImage: image,
      ResolvedImage: `${parsed.host}/${parsed.repository}@${stored.digest}`,
      ResolutionTime: repositories.now(),
    },
  };
}
