import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageConfig } from './image-source.ts';
import { buildProcessCommand } from './process-command.ts';

const root = mkdtempSync(join(tmpdir(), 'local-aws-test-'));
const config: ImageConfig = {
  entrypoint: ['node', '/opt/program/dist/main.js'],
  workingDirectory: '',
  environment: {
    MODEL_DIR: '/opt/ml/model',
    HOST: '0.0.0.0',
    NODE_ENV: 'production',
    NODE_PATH: '/opt/program:/absent',
  },
};

beforeAll(() => {
  for (const path of ['opt/program/dist', 'opt/ml/model', 'usr/bin']) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'opt/program/dist/main.js'), '');
  writeFileSync(join(root, 'usr/bin/server'), '');
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

it('runs an entrypoint of node from the unpacked image, on its own port and on loopback', () => {
  expect(buildProcessCommand(config, { RELEASE_ID: 'one' }, [['/', root]], 20_001)).toEqual({
    file: process.execPath,
    arguments: [join(root, 'opt/program/dist/main.js'), 'serve'],
    workingDirectory: root,
    environment: {
      MODEL_DIR: join(root, 'opt/ml/model'),
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
      NODE_PATH: `${join(root, 'opt/program')}:/absent`,
      RELEASE_ID: 'one',
      SAGEMAKER_BIND_TO_PORT: '20001',
    },
  });
});

it('leads the model folder to fetched model data and overrides a port that the image sets', () => {
  const mounts = [
    ['/opt/ml/model', join(root, 'usr')],
    ['/', root],
  ] as const;
  const { environment } = buildProcessCommand(config, { PORT: '8080' }, mounts, 20_002);
  expect(environment).toMatchObject({ MODEL_DIR: join(root, 'usr'), PORT: '20002' });
});

it('finds a program in the image by its PATH', () => {
  const image = { ...config, entrypoint: ['server'], environment: { PATH: '/bin:/usr/bin' } };
  expect(buildProcessCommand(image, {}, [['/', root]], 20_003).file).toBe(join(root, 'usr/bin/server'));
});

it.each([
  ['there is no entrypoint', [], /no ENTRYPOINT in exec form/],
  ['the program is not in the image', ['python3', 'serve.py'], /exec: "python3": no such file in the image/],
  ['an absolute program is not in the image', ['/usr/bin/env'], /exec: "\/usr\/bin\/env"/],
])('refuses an image when %s', (_case, entrypoint, message) => {
  expect(() => buildProcessCommand({ ...config, entrypoint }, {}, [['/', root]], 20_004)).toThrow(message);
});
