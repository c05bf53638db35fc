import { expect, it } from 'vitest';
import { dockerBuildCommands, type DockerBuild, type DockerTool } from './docker-commands.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const IMAGE = `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring:${COMMIT}`;
const build: DockerBuild = {
  dockerfile: 'server/Dockerfile',
  context: '.',
  platform: 'linux/amd64',
  image: IMAGE,
  commit: COMMIT,
  commitTimeSeconds: 1_700_000_000,
  modelDirectory: 'server/models/scoring',
  modelInImage: true,
  buildArguments: { BASE: 'node:24' },
  network: undefined,
};
const COMMON = [
  ['--file', 'server/Dockerfile'],
  ['--platform', 'linux/amd64'],
  ['--build-arg', 'BASE=node:24'],
  ['--build-arg', 'MODEL=server/models/scoring'],
  ['--build-arg', `REVISION=${COMMIT}`],
  ['--build-arg', 'SOURCE_DATE_EPOCH=1700000000'],
].flat();
const NO_ATTESTATION = ['--provenance=false', '--sbom=false'];

it.each<{ readonly name: string; readonly tool: DockerTool; readonly commands: readonly (readonly string[])[] }>([
  {
    name: 'builds and pushes apart without buildx',
    tool: { kind: 'plain' },
    commands: [
      ['build', ...COMMON, '--tag', IMAGE, '.'],
      ['push', IMAGE],
    ],
  },
  {
    name: 'pushes Docker media types with the docker driver of buildx, which cannot rewrite timestamps',
    tool: { kind: 'buildx', driver: 'docker', cache: 'none' },
    commands: [
      [
        ...['buildx', 'build', ...COMMON, ...NO_ATTESTATION],
        ...['--output', `type=image,name=${IMAGE},push=true,oci-mediatypes=false`, '.'],
      ],
    ],
  },
  {
    name: 'rewrites timestamps with every other driver of buildx',
    tool: { kind: 'buildx', driver: 'docker-container', cache: 'none' },
    commands: [
      [
        ...['buildx', 'build', ...COMMON, ...NO_ATTESTATION],
        ...['--output', `type=image,name=${IMAGE},push=true,oci-mediatypes=false,rewrite-timestamp=true`, '.'],
      ],
    ],
  },
  {
    name: 'keeps every stage in the cache of GitHub where the runner gives access to it',
    tool: { kind: 'buildx', driver: 'docker-container', cache: 'github' },
    commands: [
      [
        ...['buildx', 'build', ...COMMON, ...NO_ATTESTATION],
        ...['--cache-from', 'type=gha', '--cache-to', 'type=gha,mode=max,ignore-error=true'],
        ...['--output', `type=image,name=${IMAGE},push=true,oci-mediatypes=false,rewrite-timestamp=true`, '.'],
      ],
    ],
  },
])('$name', ({ tool, commands }) => {
  expect(dockerBuildCommands(tool, build)).toEqual(commands);
});

it('gives the steps of a build another network where one is named', () => {
  const [command] = dockerBuildCommands({ kind: 'plain' }, { ...build, network: 'host' });
  expect(command?.join(' ')).toContain('--network host');
});

it('tells the Dockerfile to leave the model out where it comes from elsewhere', () => {
  const [command] = dockerBuildCommands({ kind: 'plain' }, { ...build, modelInImage: false });
  expect(command?.join(' ')).toContain('--build-arg MODEL=server/models/scoring --build-arg MODEL_IN_IMAGE=false');
});
