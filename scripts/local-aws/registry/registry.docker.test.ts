import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithCommand } from '../testing/describe-with-command.ts';
import { DOCKER_MANIFEST, OCI_MANIFEST } from '../ecr/manifest.ts';
import { startLocalAws, type LocalAws } from '../index.ts';
import { createClients, createRepository, pushEchoImage, type Clients } from '../testing/fixtures.ts';
import type { RegistryAccess } from './push-image.ts';

const directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
const authFile = join(directory, 'config.json');
let aws: LocalAws;
let clients: Clients;
let access: RegistryAccess;

beforeAll(async () => {
  aws = await startLocalAws({ logDirectory: directory, launcher: 'process' });
  clients = createClients(aws);
  access = await createRepository(clients, aws.url, 'tools');
  writeFileSync(authFile, JSON.stringify({ auths: { [host()]: { auth: access.token } } }));
});

afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

const host = () => `127.0.0.1:${aws.port}`;

/** Runs a tool asynchronously, as the local AWS runs in this process. */
async function tool(file: string, ...argv: string[]): Promise<string> {
  return (await promisify(execFile)(file, argv)).stdout.trim();
}

const mediaTypeOf = async (imageTag: string) => {
  const query = new DescribeImagesCommand({ repositoryName: 'tools', imageIds: [{ imageTag }] });
  return (await clients.ecr.send(query)).imageDetails?.[0]?.imageManifestMediaType;
};

describeWithCommand('docker', 'docker', () => {
  it('pushes an image and pulls it back by digest', { timeout: 120_000 }, async () => {
    const archive = join(directory, 'root.tar');
    writeFileSync(join(directory, 'file'), 'hello');
    execFileSync('tar', ['-C', directory, '-cf', archive, 'file']);
    const name = `${host()}/tools:docker`;
    await tool('docker', 'import', archive, name);
    await tool('docker', '--config', directory, 'push', name);
    expect(await mediaTypeOf('docker')).toBe(DOCKER_MANIFEST);
    const digest = /sha256:[0-9a-f]{64}/.exec(
      await tool('docker', 'image', 'inspect', name, '--format', '{{json .RepoDigests}}'),
    );
    await tool('docker', 'rmi', '--force', name);
    await tool('docker', '--config', directory, 'pull', `${host()}/tools@${digest?.[0] ?? ''}`);
    await tool('docker', 'rmi', '--force', `${host()}/tools@${digest?.[0] ?? ''}`);
  });
});

describeWithCommand('skopeo', 'skopeo', () => {
  it('copies an image into the registry in both formats', { timeout: 120_000 }, async () => {
    await pushEchoImage(access, 'tools', 'origin');
    const copy = (tag: string, format: string) =>
      tool(
        'skopeo',
        'copy',
        '--authfile',
        authFile,
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        '--format',
        format,
        `docker://${host()}/tools:origin`,
        `docker://${host()}/tools:${tag}`,
      );
    await copy('skopeo', 'v2s2');
    await copy('skopeo-oci', 'oci');
    expect(await mediaTypeOf('skopeo')).toBe(DOCKER_MANIFEST);
    expect(await mediaTypeOf('skopeo-oci')).toBe(OCI_MANIFEST);
    const tags = await tool(
      'skopeo',
      'list-tags',
      '--authfile',
      authFile,
      '--tls-verify=false',
      `docker://${host()}/tools`,
    );
    expect(JSON.parse(tags)).toMatchObject({
      Tags: expect.arrayContaining(['origin', 'skopeo', 'skopeo-oci']) as string[],
    });
  });

  it('is refused without a token and for a repository that does not exist', { timeout: 120_000 }, async () => {
    const inspect = (...argv: string[]) => tool('skopeo', 'inspect', '--tls-verify=false', ...argv);
    await expect(inspect('--no-creds', `docker://${host()}/tools:origin`)).rejects.toThrow(
      /authentication required|Not Authorized|unauthorized/i,
    );
    await expect(inspect('--authfile', authFile, `docker://${host()}/absent:1`)).rejects.toThrow(
      /repository with name 'absent' does not exist|name unknown/i,
    );
  });
});

describeWithCommand('buildah', 'buildah', () => {
  it('builds an image from nothing and pushes it', { timeout: 120_000 }, async () => {
    const store = ['--storage-driver', 'vfs', '--root', join(directory, 'store'), '--runroot', join(directory, 'run')];
    const container = await tool('buildah', ...store, 'from', 'scratch');
    writeFileSync(join(directory, 'file'), 'hello');
    await tool('buildah', ...store, 'add', '--quiet', container, join(directory, 'file'), '/file');
    await tool('buildah', ...store, 'commit', '--quiet', '--format', 'docker', container, 'built');
    await tool(
      'buildah',
      ...store,
      'push',
      '--authfile',
      authFile,
      '--tls-verify=false',
      'built',
      `docker://${host()}/tools:buildah`,
    );
    await tool('buildah', ...store, 'rm', container);
    await tool('buildah', ...store, 'rmi', 'built');
    expect(await mediaTypeOf('buildah')).toBe(DOCKER_MANIFEST);
  });
});
