import { describeError, UserError } from '../lib/domain/errors/user-error.ts';
import { compareImages, type ImageComparison } from '../lib/domain/image/comparison.ts';
import type { BuildSettings } from '../lib/domain/image/build-file.ts';
import type { PublishedImage } from '../lib/domain/image/manifest.ts';
import { modelDigest } from '../lib/domain/release/model-artifact.ts';
import { renderSbom } from '../lib/domain/image/sbom.ts';
import { publishModel, type LocalModel, type PublishedModel } from '../lib/operations/publish-model.ts';
import type { ImageBuilder, ImageSource } from '../lib/ports/image-builder.ts';
import type { ImageReader, ImageRepositories, ImageRepository } from '../lib/ports/image-repository.ts';
import type { ModelStore } from '../lib/ports/model-store.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { BuildImageInputs } from './inputs.ts';

/** The ports of the use case. */
export interface BuildImagePorts {
  readonly readSettings: () => Promise<BuildSettings>;
  readonly repositories: ImageRepositories;
  readonly reader: (repository: ImageRepository) => ImageReader;
  readonly builder: ImageBuilder;
  /** The time of the commit that the working tree stands at, in seconds since the Unix epoch. */
  readonly commitTimeSeconds: () => Promise<number>;
  readonly readModel: () => Promise<LocalModel>;
  readonly openModelStore: (bucket: string) => Promise<ModelStore>;
  /** npm's bill of materials of the server; undefined where the sources have no lock file. */
  readonly readNpmSbom: () => Promise<string | undefined>;
  /** The base of the image; undefined where neither the Dockerfile nor a build argument names one. */
  readonly readBaseImage: (buildArguments: BuildSettings['arguments']) => Promise<string | undefined>;
  /** Keeps a bill of materials, and answers where. */
  readonly writeSbom: (document: string) => Promise<string>;
  readonly reporter: Reporter;
}

/** The image of the commit, and how it came to be. */
export interface BuildImageResult {
  readonly image: PublishedImage;
  readonly builder: 'docker' | 'reused';
  readonly tag: string;
  /** How it differs from the one that was pushed before; undefined where there is none that can be read. */
  readonly comparison: ImageComparison | undefined;
  /** The published model; undefined where it is baked in. */
  readonly model: PublishedModel | undefined;
  /** Where the bill of materials is; undefined where the sources don't say what is in the image. */
  readonly sbomFile: string | undefined;
  /** Whether the image is attested although the repository is private. */
  readonly attestations: boolean;
}

/**
 * Makes sure that the repository holds the image of a commit, under the commit's SHA, and the bucket its model where it is
 * not baked in.
 *
 * @throws UserError when it can't be built or pushed, or what the registry or the bucket holds is not what it should be.
 */
export async function runBuildImage(inputs: BuildImageInputs, ports: BuildImagePorts): Promise<BuildImageResult> {
  const settings = await ports.readSettings();
  const repository = await ports.repositories.open(inputs.repository);
  const reader = ports.reader(repository);
  const { modelBucket: bucket } = settings;
  // Before the image: a release can name what is there already, and nothing else.
  const model =
    bucket === undefined
      ? undefined
      : await publishModel(
          await ports.readModel(),
          settings.modelPrefix,
          await ports.openModelStore(bucket),
          ports.reporter,
        );
  const provided = await provideImage(inputs, settings, ports, repository, reader);
  return {
    ...provided,
    tag: inputs.commit,
    comparison: await compareWithPrevious(provided.image, repository, reader, ports),
    model,
    sbomFile: await describeContents(inputs, settings, ports, repository, provided),
    attestations: settings.attestations,
  };
}

type Provided = Pick<BuildImageResult, 'image' | 'builder'>;

async function provideImage(
  inputs: BuildImageInputs,
  settings: BuildSettings,
  ports: BuildImagePorts,
  repository: ImageRepository,
  reader: ImageReader,
): Promise<Provided> {
  const { reporter } = ports;
  const tag = inputs.commit;
  const existing = await reader.find(tag);
  if (existing !== undefined) {
    reporter.info(`${repository.uri}:${tag} exists: ${existing.digest} is used again`);
    return { image: existing, builder: 'reused' };
  }
  const source: ImageSource = {
    workingDirectory: inputs['working-directory'],
    context: inputs.context,
    dockerfile: inputs.dockerfile,
    modelDirectory: inputs['model-directory'],
    modelInImage: settings.modelBucket === undefined,
    platform: inputs.platform,
    commit: inputs.commit,
    commitTimeSeconds: await commitTime(inputs, ports),
    buildArguments: settings.arguments,
    network: settings.network,
  };
  const failure = await attempt(async () => await ports.builder.publish(source, repository, tag));
  const image = await reader.find(tag);
  if (failure !== undefined) {
    // Tags are immutable: a run beside this one may have pushed the same commit first.
    if (image === undefined) throw failure.error;
    reporter.warning(`The push failed, but ${repository.uri}:${tag} is there now: another run was faster.`);
    return { image, builder: 'reused' };
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
  return { image, builder: 'docker' };
}

async function commitTime(inputs: BuildImageInputs, ports: BuildImagePorts): Promise<number> {
  return inputs['commit-time'] ?? (await ports.commitTimeSeconds());
}

/** A figure for people: that it can't be had must not fail a release whose image is there. */
async function compareWithPrevious(
  image: PublishedImage,
  repository: ImageRepository,
  reader: ImageReader,
  { repositories, reporter }: BuildImagePorts,
): Promise<ImageComparison | undefined> {
  try {
    const digest = await repositories.findLatest(repository.name, image.digest);
    const previous = digest === undefined ? undefined : await reader.find(digest);
    return previous === undefined ? undefined : compareImages(previous, image);
  } catch (error) {
    reporter.warning(`The image before this one cannot be compared with it. ${describeError(error)}`);
    return undefined;
  }
}

async function describeContents(
  inputs: BuildImageInputs,
  settings: BuildSettings,
  ports: BuildImagePorts,
  repository: ImageRepository,
  { image }: Provided,
): Promise<string | undefined> {
  const npmSbom = await ports.readNpmSbom();
  if (npmSbom === undefined) {
    ports.reporter.warning(
      'There is no bill of materials: the working directory has no package-lock.json or no server/package.json.',
    );
    return undefined;
  }
  return await ports.writeSbom(
    renderSbom(npmSbom, {
      repository: inputs.repository,
      repositoryUri: repository.uri,
      digest: image.digest,
      commit: inputs.commit,
      commitTimeSeconds: await commitTime(inputs, ports),
      baseImage: await ports.readBaseImage(settings.arguments),
      modelDigest: settings.modelBucket === undefined ? modelDigest((await ports.readModel()).files) : undefined,
    }),
  );
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
