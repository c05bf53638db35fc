import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseReleaseFile, releaseIdOf, type ReleaseFile } from '../../actions/lib/domain/release/release.ts';
import { releaseSettingsOf } from '../../actions/lib/domain/release/settings.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { exitCodeOf, renderFailure } from '../command-line.ts';
import { writeSampleTeam } from '../testing/sample-team/write.ts';
import { runRelease, USAGE } from './commands.ts';

const COMMIT = 'c'.repeat(40);
const IMAGE = `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`;
const SPEC = {
  image: IMAGE,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 300,
};
const NEWER = { ...SPEC, instanceCount: 3, environment: { LOG_LEVEL: 'debug', PROCESSES: '2' } };
const MADE = { ...SPEC, settings: releaseSettingsOf(VALID_ENVIRONMENT) };
const SETTINGS = 'no network of its own, not isolated, the key of the environment, no data capture';
const source = (createdAt: string) => ({ commit: COMMIT, createdAt, promotedFrom: null });

let folder: string;
let root: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'release-command-'));
  await writeSampleTeam(path.join(folder, 'team'));
});
beforeEach(async () => {
  root = path.join(folder, 'changed');
  await rm(root, { recursive: true, force: true });
  await cp(path.join(folder, 'team'), root, { recursive: true });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** As main.ts does it in a process, which the test of command-line.ts starts. */
async function release(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  try {
    return { exitCode: 0, stdout: `${await runRelease([...argv, '--root', root])}\n`, stderr: '' };
  } catch (error) {
    const stderr = renderFailure('npm run release', USAGE, error);
    return { exitCode: exitCodeOf(error), stdout: '', stderr };
  }
}

async function writeReleases(environment: string): Promise<void> {
  const releases = {
    [releaseIdOf(SPEC)]: { spec: SPEC, source: source('2026-01-01T12:00:00Z') },
    [releaseIdOf(NEWER)]: { spec: NEWER, source: source('2026-02-01T12:00:00Z') },
  };
  await writeFile(releaseFile(environment), JSON.stringify({ live: releaseIdOf(NEWER), releases }));
}

function releaseFile(environment: string): string {
  return path.join(root, 'environments', environment, 'release.json');
}

async function readReleases(environment: string): Promise<ReleaseFile> {
  return parseReleaseFile({ path: 'release.json', text: await readFile(releaseFile(environment), 'utf8') });
}

describe('npm run release', () => {
  it.each<[readonly string[], string]>([
    [['ship', 'trial'], 'There is no command "ship"'],
    [['--image', IMAGE, 'add', 'trial'], 'The command comes first'],
    [['add'], 'An argument is missing: ENV'],
    [['add', 'trial', 'preview', '--commit', COMMIT], 'There are too many arguments: preview'],
    [['add', 'trial'], 'A release needs an image and the commit it was built from'],
    [['add', 'trial', '--image', IMAGE, '--commit'], 'The option --commit needs a value'],
    [['add', 'trial', '--image', IMAGE, '--comit', COMMIT], 'There is no option --comit here'],
    [
      ['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--instance-count', '2.5'],
      '--instance-count is not a whole number',
    ],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--env', 'LOG_LEVEL'], 'entry is not KEY=VALUE'],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--model-uri', 's3://models/b/'], 'A model needs both'],
    [
      ['add', 'trial', '--image', 'scoring:latest', '--commit', COMMIT],
      '--image is not valid.\n  expected: an image by digest',
    ],
    [['add', 'trial', '--image', IMAGE, '--commit', 'main'], '--commit is not valid'],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--env', 'AWS_REGION=x'], '--env is not valid'],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--env', '__proto__=x'], 'entry is not KEY=VALUE'],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--unset-env', 'LOG'], '--unset-env names no key'],
    [['add', 'trial', '--image', IMAGE, '--commit', COMMIT, '--startup-timeout', '4000'], 'from 60 to 3600'],
    [['promote', 'trial'], 'An argument is missing: TO'],
    [['promote', 'trial', 'trial'], 'trial cannot be promoted to itself'],
    [
      ['promote', 'trial', 'preview', '--instance-type', 'ml.m5.large'],
      'no option --instance-type here: `npm run release -- add` takes it',
    ],
    [['live', 'trial'], 'An argument is missing: ID'],
    [['live', 'trial', 'x', '--env', 'A=b'], 'no option --env here: `npm run release -- add` takes it'],
    [['prune', 'trial', 'preview'], 'There are too many arguments: preview'],
    [['show'], 'An argument is missing: ENV'],
    [['show', 'trial', '--all'], 'There is no option --all here'],
  ])('refuses %j with exit code 2 and its usage, and changes nothing', async (argv, message) => {
    const { exitCode, stdout, stderr } = await release(...argv);
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run release -- add ENV');
    expect(stderr).not.toMatch(/ERR_|ENOENT|Error:|\.ts:\d/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect((await readReleases('trial')).live).toBeNull();
  });

  it.each<[readonly string[], string]>([
    [['show', 'nowhere'], 'There is no environment "nowhere"'],
    [['live', 'trial', 'ffffffffffff'], 'Release ffffffffffff is not among the releases'],
    [['promote', 'preview', 'prime'], 'preview has no live release to promote'],
    [['promote', 'trial', 'label-trial'], 'trial and label-trial are of different services'],
  ])('refuses %j with exit code 1', async (argv, message) => {
    await writeReleases('trial');
    const { exitCode, stderr } = await release(...argv);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(1);
  });

  it('says what a first release takes by default', async () => {
    const { exitCode, stdout } = await release('add', 'trial', '--image', IMAGE, '--commit', COMMIT);
    expect(stdout).toBe(`trial: release ${releaseIdOf(MADE)} added and is live
  image: ${IMAGE} (given)
  model: in the image (the default)
  instanceType: ml.m5.large (the default)
  instanceCount: 2 (the default)
  environment: empty (the default)
  startupTimeoutSeconds: 300 (the default)
  settings: ${SETTINGS} (from environment.json)
`);
    expect(exitCode).toBe(0);
    expect((await readReleases('trial')).live).toBe(releaseIdOf(MADE));
  });

  it('changes nothing for an entry that was added with another commit', async () => {
    await release('add', 'trial', '--image', IMAGE, '--commit', COMMIT);
    const before = await readReleases('trial');
    const { exitCode, stderr } = await release('add', 'trial', '--image', IMAGE, '--commit', 'b'.repeat(40));
    expect(stderr).toMatch(/was added with another commit.*npm run release -- live trial/s);
    expect(exitCode).toBe(1);
    expect(await readReleases('trial')).toEqual(before);
  });

  it('makes a release under the settings that the environment has then', async () => {
    const file = path.join(root, 'environments/trial/environment.json');
    const network = { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] };
    const environment = { ...VALID_ENVIRONMENT, network, networkIsolation: true };
    await writeFile(file, JSON.stringify(environment));
    const { stdout } = await release('add', 'trial', '--image', IMAGE, '--commit', COMMIT);
    expect(stdout).toContain('settings: network subnet-0a subnet-0b, isolated, the key of the environment');
    const { live, releases } = await readReleases('trial');
    expect(releases[live ?? '']?.spec.settings).toEqual({
      ...{ network, networkIsolation: true, kmsKeyArn: null, dataCapture: null },
    });
  });

  it('says what a later release takes from the live one', async () => {
    await writeReleases('trial');
    const { stdout } = await release(
      'add',
      'trial',
      '--commit',
      COMMIT,
      '--env',
      'LOG_LEVEL=info',
      '--instance-count',
      '4',
    );
    const spec = { ...MADE, instanceCount: 4, environment: { LOG_LEVEL: 'info', PROCESSES: '2' } };
    const from = `from ${releaseIdOf(NEWER)}`;
    expect(stdout).toBe(`trial: release ${releaseIdOf(spec)} added and is live
  image: ${IMAGE} (${from})
  model: in the image (${from})
  instanceType: ml.m5.large (${from})
  instanceCount: 4 (given)
  environment: LOG_LEVEL=info PROCESSES=2 (given, added to ${releaseIdOf(NEWER)})
  startupTimeoutSeconds: 300 (${from})
  settings: ${SETTINGS} (from environment.json)
`);
  });

  it('shows every release with its container environment, newest first', async () => {
    await writeReleases('trial');
    const { stdout } = await release('show', 'trial');
    expect(stdout).toBe(`* ${releaseIdOf(NEWER)}  2026-02-01T12:00:00Z  live
    commit: ${COMMIT}
    image: ${IMAGE}
    model: in the image
    instanceType: ml.m5.large
    instanceCount: 3
    environment: LOG_LEVEL=debug PROCESSES=2
    startupTimeoutSeconds: 300
    settings: none: an older entry

  ${releaseIdOf(SPEC)}  2026-01-01T12:00:00Z
    commit: ${COMMIT}
    image: ${IMAGE}
    model: in the image
    instanceType: ml.m5.large
    instanceCount: 2
    environment: empty
    startupTimeoutSeconds: 300
    settings: none: an older entry
`);
  });

  it('promotes the artifact within a service, and keeps how the target runs', async () => {
    await writeReleases('trial');
    await writeReleases('preview');
    await release('live', 'preview', releaseIdOf(SPEC));
    expect((await release('promote', 'trial', 'preview')).exitCode).toBe(0);
    expect((await readReleases('preview')).live).toBe(releaseIdOf(MADE));
  });

  it('keeps the digest of the model in an image with each of its releases', async () => {
    const modelDigest = `sha256:${'d'.repeat(64)}`;
    const live = releaseIdOf(SPEC);
    const releases = { [live]: { spec: SPEC, source: { ...source('2026-01-01T12:00:00Z'), modelDigest } } };
    await writeFile(releaseFile('trial'), JSON.stringify({ live, releases }));
    const digestOf = async (name: string): Promise<string | undefined> => {
      const file = await readReleases(name);
      return file.releases[file.live ?? '']?.source.modelDigest;
    };
    await release('add', 'trial', '--commit', COMMIT, '--instance-type', 'ml.c6i.large');
    expect(await digestOf('trial')).toBe(modelDigest);
    await release('promote', 'trial', 'preview');
    expect(await digestOf('preview')).toBe(modelDigest);
    const image = IMAGE.replaceAll('a'.repeat(64), 'b'.repeat(64));
    await release('add', 'trial', '--commit', COMMIT, '--image', image);
    expect(await digestOf('trial')).toBeUndefined();
  });
});
