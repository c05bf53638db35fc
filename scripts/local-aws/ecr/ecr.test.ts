import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../index.ts';
import { createClients, createRepository, pushEchoImage, type Clients } from '../testing/fixtures.ts';
import type { RegistryAccess } from '../registry/push-image.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
let aws: LocalAws;
let clients: Clients;
let access: RegistryAccess;

beforeAll(async () => {
  aws = await startLocalAws({ logDirectory, launcher: { kind: 'fake' } });
  clients = createClients(aws);
  access = await createRepository(clients, aws.url, 'open');
  await clients.ecr.send(
    new CreateRepositoryCommand({
      repositoryName: 'team/closed',
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    }),
  );
});

afterAll(async () => {
  await aws.close();
  rmSync(logDirectory, { recursive: true });
});

const other = { environment: ['OTHER=1'] };

it('answers a pushed image by tag and digest with its manifest and size', async () => {
  const imageDigest = await pushEchoImage(access, 'open', 'v1');
  const { images, failures } = await clients.ecr.send(
    new BatchGetImageCommand({ repositoryName: 'open', imageIds: [{ imageTag: 'v1' }, { imageTag: 'v9' }] }),
  );
  expect(images).toMatchObject([{ imageId: { imageDigest, imageTag: 'v1' } }]);
  expect(JSON.parse(images?.[0]?.imageManifest ?? '')).toMatchObject({ schemaVersion: 2 });
  expect(failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
  const { imageDetails } = await clients.ecr.send(
    new DescribeImagesCommand({ repositoryName: 'open', imageIds: [{ imageDigest }] }),
  );
  expect(imageDetails?.[0]?.imageSizeInBytes).toBeGreaterThan(500);
  await expect(
    clients.ecr.send(new DescribeImagesCommand({ repositoryName: 'open', imageIds: [{ imageTag: 'v9' }] })),
  ).rejects.toMatchObject({ name: 'ImageNotFoundException' });
});

it('moves a tag in an open repository and refuses to in an immutable one, but for excluded tags', async () => {
  await pushEchoImage(access, 'open', 'moving');
  await pushEchoImage(access, 'open', 'moving', other);
  const first = await pushEchoImage(access, 'team/closed', 'v1');
  expect(await pushEchoImage(access, 'team/closed', 'v1')).toBe(first);
  await expect(pushEchoImage(access, 'team/closed', 'v1', other)).rejects.toThrow(/TAG_INVALID.*tag is immutable/);
  await pushEchoImage(access, 'team/closed', 'dev-1');
  await pushEchoImage(access, 'team/closed', 'dev-1', other);
});

it('tags an image again by PutImage and says when nothing would change', async () => {
  await pushEchoImage(access, 'open', 'original');
  const { images } = await clients.ecr.send(
    new BatchGetImageCommand({ repositoryName: 'open', imageIds: [{ imageTag: 'original' }] }),
  );
  const put = { repositoryName: 'open', imageManifest: images?.[0]?.imageManifest, imageTag: 'copy' };
  await clients.ecr.send(new PutImageCommand(put));
  await expect(clients.ecr.send(new PutImageCommand(put))).rejects.toMatchObject({
    name: 'ImageAlreadyExistsException',
  });
});

it('deletes an image with its last tag', async () => {
  await pushEchoImage(access, 'open', 'short-lived', { environment: ['SHORT=1'] });
  const imageIds = [{ imageTag: 'short-lived' }];
  const deleted = await clients.ecr.send(new BatchDeleteImageCommand({ repositoryName: 'open', imageIds }));
  expect(deleted.imageIds).toHaveLength(1);
  const again = await clients.ecr.send(new BatchDeleteImageCommand({ repositoryName: 'open', imageIds }));
  expect(again.failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
});

it('keeps a lifecycle policy and says when there is none', async () => {
  const selection = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 };
  const lifecyclePolicyText = JSON.stringify({
    rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }],
  });
  await expect(clients.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: 'open' }))).rejects.toMatchObject({
    name: 'LifecyclePolicyNotFoundException',
  });
  await clients.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: 'open', lifecyclePolicyText }));
  expect(await clients.ecr.send(new GetLifecyclePolicyCommand({ repositoryName: 'open' }))).toMatchObject({
    lifecyclePolicyText,
  });
});

it('names the repository that does not exist', async () => {
  await expect(
    clients.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['absent'] })),
  ).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: "The repository with name 'absent' does not exist in the registry with id '123456789012'",
  });
});

it('refuses a manifest whose layers were never pushed, and a blob with another digest', async () => {
  const headers = {
    authorization: `Basic ${access.token}`,
    'content-type': 'application/vnd.docker.distribution.manifest.v2+json',
  };
  const descriptor = { mediaType: 'application/octet-stream', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: headers['content-type'],
    config: descriptor,
    layers: [],
  });
  const refused = await fetch(`${aws.url}/v2/open/manifests/bad`, { method: 'PUT', headers, body: manifest });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] });
  const upload = `${aws.url}/v2/open/blobs/uploads/?digest=${descriptor.digest}`;
  const blob = await fetch(upload, { method: 'POST', headers, body: 'x' });
  expect(await blob.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
});

it('serves a range of a blob and mounts it into another repository', async () => {
  const headers = { authorization: `Basic ${access.token}` };
  const digest = await pushEchoImage(access, 'open', 'ranged');
  const manifest = (await (await fetch(`${aws.url}/v2/open/manifests/${digest}`, { headers })).json()) as {
    config: { digest: string; size: number };
  };
  const blob = `${aws.url}/v2/open/blobs/${manifest.config.digest}`;
  const part = await fetch(blob, { headers: { ...headers, range: 'bytes=0-3' } });
  expect([part.status, part.headers.get('content-range'), (await part.text()).length]).toEqual([
    206,
    `bytes 0-3/${manifest.config.size}`,
    4,
  ]);
  const mount = `${aws.url}/v2/team/closed/blobs/uploads/?mount=${manifest.config.digest}&from=open`;
  expect((await fetch(mount, { method: 'POST', headers })).status).toBe(201);
});
