import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { BatchGetImageCommand, CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startLocalAws, type LocalAws } from '@sagemaker-gitops/local-aws';
import { runActionOk } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';

const run = promisify(execFile);
// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const DOCKERFILE = `
FROM scratch
ARG MODEL
COPY \${MODEL} /opt/ml/model
ENTRYPOINT ["node", "/opt/program/dist/main.js"]
ARG REVISION
LABEL org.opencontainers.image.revision=\${REVISION}
`;

/** The action as a process, with a real engine and the local ECR. */
describeWithTool(['docker', 'git'], 'build-image with docker', () => {
  let folder: string;
  let aws: LocalAws;
  let ecr: ECRClient;
  let commit: string;
  const commits: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'build-image-test-'));
    aws = await startLocalAws({ logDirectory: path.join(folder, 'logs'), launcher: { kind: 'fake' } });
    ecr = new ECRClient({
      endpoint: aws.url,
      region: aws.region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'scoring', imageTagMutability: 'IMMUTABLE' }));
    const source = path.join(folder, 'source');
    await mkdir(path.join(source, 'server/models/scoring'), { recursive: true });
    await writeFile(path.join(source, 'server/Dockerfile'), DOCKERFILE);
    await writeFile(path.join(source, 'server/models/scoring/model.onnx'), 'weights');
    const identity = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' };
    const committer = { GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };
    const git = async (...argv: string[]): Promise<string> =>
      (await run('git', argv, { cwd: source, env: { ...process.env, ...identity, ...committer } })).stdout.trim();
    await git('init', '--quiet');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'First');
    commit = await git('rev-parse', 'HEAD');
    commits.push(commit);
  });

  afterAll(async () => {
    const tags = commits.map((tag) => `${new URL(aws.url).host}/scoring:${tag}`);
    await run('docker', ['image', 'rm', '--force', ...tags]).catch(() => undefined);
    ecr.destroy();
    await aws.close();
    await rm(folder, { recursive: true });
  });

  const start = async (given: Readonly<Record<string, string>> = {}) => {
    const inputs = {
      ...{ repository: 'scoring', region: aws.region, commit, context: '.' },
      ...{ dockerfile: 'server/Dockerfile', 'model-directory': 'server/models/scoring', platform: 'linux/amd64' },
      ...{ 'working-directory': path.join(folder, 'source'), ...given },
    };
    return await runActionOk('build-image', inputs, { ...aws.environment, DOCKER_BUILDKIT: '0' });
  };

  it('builds, pushes under the commit and answers the digest that the registry has; a second run builds nothing', async () => {
    const first = await start();
    expect(first.outputs['builder']).toBe('docker');
    const { images = [] } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: 'scoring', imageIds: [{ imageTag: commit }] }),
    );
    expect(images.map(({ imageId, imageManifestMediaType }) => [imageId?.imageDigest, imageManifestMediaType])).toEqual(
      [[first.outputs['digest'], 'application/vnd.docker.distribution.manifest.v2+json']],
    );
    expect(first.outputs['image']).toBe(`${new URL(aws.url).host}/scoring@${first.outputs['digest'] ?? ''}`);
    // The token is masked before docker gets it, by standard input, and stands nowhere else.
    const secrets = [...first.log.matchAll(/^::add-mask::(.+)$/gm)].map(([, secret]) => secret);
    expect(secrets.length).toBeGreaterThan(0);
    expect(first.log).toMatch(/docker login .*--password-stdin/);
    const shown = first.log.replaceAll(/^::add-mask::.+$/gm, '');
    for (const secret of secrets) expect(shown).not.toContain(secret);
    const second = await start();
    expect(second.outputs['builder']).toBe('reused');
    expect(second.outputs['digest']).toBe(first.outputs['digest']);
    expect(second.log).not.toMatch(/docker build/);
  });

  it('says what a new commit adds to a pull: the layers that changed, and no other', async () => {
    const source = path.join(folder, 'source');
    const git = async (...argv: string[]): Promise<string> => (await run('git', argv, { cwd: source })).stdout.trim();
    await writeFile(path.join(source, 'server/models/scoring/model.onnx'), randomBytes(2 ** 20));
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    await git(...identity, 'commit', '--quiet', '--all', '-m', 'Second');
    const later = await git('rev-parse', 'HEAD');
    const first = await digestOf(commit);
    const { outputs } = await start({ commit: later });
    commits.push(later);
    expect(outputs['previous-digest']).toBe(first);
    expect(Number(outputs['new-layers-size'])).toBeGreaterThan(2 ** 20);
    expect(Number(outputs['size-change'])).toBeGreaterThan(2 ** 20 - 2 ** 14);
    // The sources of this test have no lock file to tell what is in the image.
    expect(outputs['sbom-file']).toBe('');
  });

  const digestOf = async (tag: string): Promise<string | undefined> => {
    const imageIds = [{ imageTag: tag }];
    const { images = [] } = await ecr.send(new BatchGetImageCommand({ repositoryName: 'scoring', imageIds }));
    return images[0]?.imageId?.imageDigest;
  };

  it('says which repository is missing, and what makes it', async () => {
    await expect(start({ repository: 'other' })).rejects.toThrow(/no image repository "other".*terraform\/bootstrap/);
  });

  it('refuses a working tree that is not the commit it should name', async () => {
    await expect(start({ commit: '0'.repeat(40) })).rejects.toThrow(/not a checkout of the commit 0{40}/);
  });

  it('shows the words of docker when the build fails, and leaves no tag', async () => {
    const given = { dockerfile: 'server/Missing', commit, repository: 'scoring', 'commit-time': '0' };
    const other = '1'.repeat(40);
    await expect(start({ ...given, commit: other })).rejects.toThrow(/docker build failed.*Missing/s);
    const { failures = [] } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: 'scoring', imageIds: [{ imageTag: other }] }),
    );
    expect(failures.map(({ failureCode }) => failureCode)).toEqual(['ImageNotFound']);
  });
});
