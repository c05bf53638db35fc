import { DOCKER_MANIFEST } from '../ecr/manifest.ts';
import { findManifest, type Repositories } from '../ecr/repository.ts';
import type { DeployedImage } from '../api-models/sagemaker.types.ts';
import { LaunchError, type ImageLocation } from '../instances/launcher.ts';
import { parseImageReference } from './image-reference.ts';

/**
 * The digest that a model's image has at this moment. Both "127.0.0.1:PORT/NAME" and the ECR form
 * "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME" name the local registry.
 * @throws LaunchError when the image is missing, or is not a Docker schema 2 manifest, which SageMaker refuses.
 */
export function resolveImage(
  repositories: Repositories,
  image: string,
): { readonly location: ImageLocation; readonly deployed: DeployedImage } {
  const parsed = parseImageReference(image);
  const { account } = repositories;
  const hosts = [repositories.host(), `${account.id}.dkr.ecr.${account.region}.amazonaws.com`];
  const repository = parsed && hosts.includes(parsed.host) ? repositories.all.get(parsed.repository) : undefined;
  const stored = repository && parsed && findManifest(repository, parsed.reference);
  if (parsed === undefined || stored === undefined) throw new LaunchError(`Requested image ${image} not found.`);
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
