import { z } from 'zod';
import type { AllRepositories } from '../ecr/repository.ts';
import type { BlobStore } from '../registry/blob-store.ts';
import { LaunchError, type ImageLocation } from './launcher.ts';

/** What an image's config says about the container that runs it. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

const imageConfigSchema = z.object({
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      Env: z.array(z.string()).nullish(),
    })
    .nullish(),
});

/** An image of the local registry: its config and its layers' files, lowest layer first. */
export async function readImage(
  repositories: AllRepositories,
  blobs: BlobStore,
  { repository, digest }: ImageLocation,
): Promise<{ readonly config: ImageConfig; readonly layerPaths: readonly string[] }> {
  const stored = repositories.all.get(repository)?.manifests.get(digest);
  if (stored?.manifest.config === undefined)
    throw new LaunchError(`Requested image ${repository}@${digest} not found.`);
  return {
    config: parseImageConfig((await blobs.read(stored.manifest.config.digest)).toString('utf8')),
    layerPaths: stored.manifest.layers.map((layer) => blobs.path(layer.digest)),
  };
}

/** What the config of an image, which is JSON, says about its containers. @throws ZodError when it is no such config. */
export function parseImageConfig(text: string): ImageConfig {
  const { config } = imageConfigSchema.parse(JSON.parse(text));
  return {
    entrypoint: config?.Entrypoint ?? [],
    workingDirectory: config?.WorkingDir ?? '/',
    environment: Object.fromEntries((config?.Env ?? []).map(splitAssignment)),
  };
}

function splitAssignment(text: string): [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
