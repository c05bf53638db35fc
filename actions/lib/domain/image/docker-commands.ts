/** What a build with docker is made of. */
export interface DockerBuild {
  readonly dockerfile: string;
  readonly context: string;
  readonly platform: string;
  /** `REGISTRY/NAME:TAG` */
  readonly image: string;
  readonly commit: string;
  readonly commitTimeSeconds: number;
  readonly modelDirectory: string;
  /** False where the model comes from elsewhere, such as S3. */
  readonly modelInImage: boolean;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Network of the steps of the build, such as `host`; undefined for the engine's own. */
  readonly network: string | undefined;
}

/** How docker builds here: by buildx with one of its drivers, or by `docker build` alone. */
export type DockerTool =
  | {
      readonly kind: 'buildx';
      readonly driver: string;
      /** The cache of GitHub Actions, where the runner gives access to it. */
      readonly cache: 'github' | 'none';
    }
  | { readonly kind: 'plain' };

/** The commands that build an image and put it into its repository, as argument vectors for `docker`. */
export function dockerBuildCommands(tool: DockerTool, build: DockerBuild): readonly (readonly string[])[] {
  const common = [
    '--file',
    build.dockerfile,
    '--platform',
    build.platform,
    ...(build.network === undefined ? [] : ['--network', build.network]),
    ...Object.entries({
      ...build.buildArguments,
      MODEL: build.modelDirectory,
      ...(build.modelInImage ? {} : { MODEL_IN_IMAGE: 'false' }),
      REVISION: build.commit,
      // The only time in the image: https://docs.docker.com/build/ci/github-actions/reproducible-builds/
      SOURCE_DATE_EPOCH: String(build.commitTimeSeconds),
    }).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
  ];
  switch (tool.kind) {
    case 'buildx':
      return [
        [
          'buildx',
          'build',
          ...common,
          '--provenance=false',
          '--sbom=false',
          ...cacheOptions(tool),
          '--output',
          output(tool, build),
          build.context,
        ],
      ];
    case 'plain':
      return [
        ['build', ...common, '--tag', build.image, build.context],
        ['push', build.image],
      ];
  }
}

/*
 * Every stage is kept, since the costly one (npm ci) is not in the image. A cache in the registry would need a tag that
 * moves, and tags here are immutable; the cache inside an image knows its last stage only. GitHub gives this one to runs of
 * the same branch alone, so that no pull request can put something into a build of main:
 * https://docs.docker.com/build/cache/backends/gha/
 */
function cacheOptions(tool: { readonly cache: 'github' | 'none' }): readonly string[] {
  // A cache that fails costs time, and must not cost the release.
  return tool.cache === 'none' ? [] : ['--cache-from', 'type=gha', '--cache-to', 'type=gha,mode=max,ignore-error=true'];
}

// Docker schema 2, because SageMaker refuses OCI manifests. The docker driver, which exports into the engine's own store,
// does not know how to rewrite timestamps: https://docs.docker.com/build/exporters/image-registry/
function output(tool: { readonly driver: string }, build: DockerBuild): string {
  const rewrite = tool.driver === 'docker' ? '' : ',rewrite-timestamp=true';
  return `type=image,name=${build.image},push=true,oci-mediatypes=false${rewrite}`;
}
