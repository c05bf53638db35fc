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
 * Checks that a model's image is in the registry and in the model's region, as SageMaker does; it can be in another account.
 * @throws AwsError ValidationException in the words of these reports:
 *   https://github.com/aws/sagemaker-python-sdk/pull/4700 (another registry),
 *   https://github.com/aws/sagemaker-pytorch-inference-toolkit/pull/7 (region),
 *   https://github.com/aws/amazon-sagemaker-examples/issues/195 (neither tag nor digest),
 *   https://github.com/aws-samples/easy-amazon-sagemaker-deployments/issues/4 (not found).
 */
export function checkImage(repositories: Repositories, image: string): void {
  const parsed = parseImageReference(image);
  const written = /^\d{12}\.dkr\.ecr\.(?<region>[^.]+)\.amazonaws\.com/.exec(image)?.groups?.['region'];
  if (written === undefined && parsed?.host !== repositories.host()) {
    throw validationException(`Using non-ECR image "${image}" without Vpc repository access mode is not supported.`);
  }
  const repository = parsed && findRepository(repositories, parsed);
  const region = written ?? repository?.place.region;
  const expected = repositories.place.region;
  if (region !== undefined && region !== expected) {
    throw validationException(
      `Region of "${image}" does not match expected region of ${expected}. Cross region ECR image pulls are not allowed.`,
    );
  }
  if (parsed?.reference === undefined) throw validationException(`ECR image "${image}" is invalid.`);
  if (repository === undefined || findManifest(repository, parsed.reference) === undefined) {
    throw validationException(`Requested image ${image} not found.`);
  }
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
    repository?.place.region === repositories.place.region &&
    parsed?.reference !== undefined &&
    findManifest(repository, parsed.reference);
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
