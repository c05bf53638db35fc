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
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Network of the steps of the build, such as `host`; undefined for the engine's own. */
  readonly network: string | undefined;
}

/** How docker builds here: by buildx with one of its drivers, or by `docker build` alone. */
export type DockerTool = { readonly kind: 'buildx'; readonly driver: string } | { readonly kind: 'plain' };

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

// Docker schema 2, because SageMaker refuses OCI manifests. The docker driver, which exports into the engine's own store,
// does not know how to rewrite timestamps: https://docs.docker.com/build/exporters/image-registry/
function output(tool: { readonly driver: string }, build: DockerBuild): string {
  const rewrite = tool.driver === 'docker' ? '' : ',rewrite-timestamp=true';
  return `type=image,name=${build.image},push=true,oci-mediatypes=false${rewrite}`;
}
