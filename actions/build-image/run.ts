import { UserError } from '../lib/domain/errors.ts';
import type { PublishedImage } from '../lib/domain/image-manifest.ts';
import type { ImageBuilder, ImageSource } from '../lib/ports/image-builder.ts';
import type { ImageReader, ImageRepositories, ImageRepository } from '../lib/ports/image-repository.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { BuildImageInputs } from './inputs.ts';

/** What the use case needs of the world. */
export interface BuildImagePorts {
  readonly repositories: ImageRepositories;
  readonly reader: (repository: ImageRepository) => ImageReader;
  /** The builder that the input asks for and this machine has. */
  readonly chooseBuilder: (repository: ImageRepository) => Promise<ImageBuilder>;
  /** The time of the commit that the working tree stands at, in seconds since the Unix epoch. */
  readonly commitTimeSeconds: () => Promise<number>;
  readonly reporter: Reporter;
}

/** The image of the commit, and how it came to be. */
export interface BuildImageResult {
  readonly image: PublishedImage;
  readonly builder: ImageBuilder['kind'] | 'reused';
  readonly tag: string;
}

/**
 * Makes sure that the repository holds the image of a commit, under the commit's SHA.
 *
 * @throws UserError when it can't be built or pushed, or what the registry holds is not what SageMaker can run.
 */
export async function runBuildImage(inputs: BuildImageInputs, ports: BuildImagePorts): Promise<BuildImageResult> {
  const { reporter } = ports;
  const repository = await ports.repositories.open(inputs.repository);
  const reader = ports.reader(repository);
  const tag = inputs.commit;
  const existing = await reader.find(tag);
  if (existing !== undefined) {
    reporter.info(`${repository.uri}:${tag} exists: ${existing.digest} is used again`);
    return { image: existing, builder: 'reused', tag };
  }
  const builder = await ports.chooseBuilder(repository);
  const source: ImageSource = {
    workingDirectory: inputs['working-directory'],
    context: inputs.context,
    dockerfile: inputs.dockerfile,
    modelDirectory: inputs['model-directory'],
    platform: builder.platform ?? inputs.platform,
    commit: inputs.commit,
    commitTimeSeconds: inputs['commit-time'] ?? (await ports.commitTimeSeconds()),
    buildArguments: inputs['build-arguments'],
    network: inputs.network,
  };
  const failure = await attempt(async () => await builder.publish(source, repository, tag));
  const image = await reader.find(tag);
  if (failure !== undefined) {
    // Tags are immutable: a run beside this one may have pushed the same commit first.
    if (image === undefined) throw failure.error;
    reporter.warning(`The push failed, but ${repository.uri}:${tag} is there now: another run was faster.`);
    return { image, builder: 'reused', tag };
  }
  if (image === undefined) {
    throw new UserError({
      what: 'The image was pushed, but the registry does not have it',
      where: `${repository.uri}:${tag}`,
      expected: 'the pushed manifest',
      found: 'none under this tag',
      remedy: 'Run the workflow again.',
    });
  }
  checkPlatform(image, source.platform);
  reporter.info(`${image.reference} is in the registry: ${image.sizeBytes} bytes, ${image.platform}`);
  return { image, builder: builder.kind, tag };
}

async function attempt(work: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function checkPlatform(image: PublishedImage, platform: string): void {
  if (image.platform === platform) return;
  throw new UserError({
    what: 'The image was built for another platform than asked for',
    where: image.reference,
    expected: platform,
    found: image.platform,
    remedy: 'Correct the input platform, or the --platform of a FROM line in the Dockerfile.',
  });
}

/** The outputs of `action.yml`. */
export function renderOutputs({ image, builder }: BuildImageResult): Readonly<Record<string, string>> {
  return {
    image: image.reference,
    digest: image.digest,
    size: String(image.sizeBytes),
    platform: image.platform,
    builder,
  };
}

/** The job summary. */
export function renderSummary({ image, builder, tag }: BuildImageResult): string {
  const how: Readonly<Record<BuildImageResult['builder'], string>> = {
    docker: 'built with docker',
    embedded: 'assembled without a container engine: for rehearsals only',
    reused: 'found under its tag, not built again',
  };
  return [
    '### Image',
    '',
    '| | |',
    '|---|---|',
    `| image | \`${image.reference}\` |`,
    `| tag | \`${tag}\` |`,
    `| how | ${how[builder]} |`,
    `| platform | ${image.platform} |`,
    `| size of a pull | ${renderMebibytes(image.sizeBytes)} in ${image.layers.length} layers |`,
    '',
  ].join('\n');
}

function renderMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
