import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Process, ProcessSpec } from '../../ports/process.ts';
import { IMAGE_SOURCE } from '../../testing/image-source.ts';
import { createDockerBuilder } from './builder.ts';

const REPOSITORY = {
  registry: '210987654321.dkr.ecr.eu-west-1.amazonaws.com',
  uri: '210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring',
  name: 'scoring',
  username: 'AWS',
  password: 'the-token',
};
let calls: ProcessSpec[];
let answers: Map<string, { exitCode: number; stdout?: string; stderr?: string }>;
let lines: string[];

const run: Process = async (spec) => {
  calls.push(spec);
  const answer = [...answers].find(([start]) => spec.argv.join(' ').startsWith(start))?.[1];
  const { exitCode = 0, stdout = '', stderr = '' } = answer ?? {};
  for (const line of stdout.split('\n')) spec.onStdoutLine?.(line);
  return await Promise.resolve({ exitCode, stdout, stderr });
};
const info = (message: string): void => void lines.push(message);
const reporter = { info, debug: () => undefined, warning: () => undefined, error: () => undefined };
const publish = async (): Promise<void> => {
  await createDockerBuilder({ run, reporter }).publish(IMAGE_SOURCE, REPOSITORY, 'c0ffee');
};
const commands = (): readonly string[] => calls.map(({ argv }) => argv.join(' '));

beforeEach(() => {
  calls = [];
  lines = [];
  answers = new Map([['buildx inspect', { exitCode: 0, stdout: 'Name: b\nDriver: docker-container\n' }]]);
  vi.stubEnv('DOCKER_BUILDKIT', undefined);
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', undefined);
  vi.stubEnv('ACTIONS_RESULTS_URL', undefined);
});
afterEach(() => vi.unstubAllEnvs());

it('signs in with the token on standard input alone, builds with the time of the commit, and signs out', async () => {
  await publish();
  expect(commands().map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'version --format',
    'buildx inspect',
    'login --username',
    'buildx build',
    `logout ${REPOSITORY.registry}`,
  ]);
  expect(calls[2]?.stdin).toBe('the-token');
  expect(calls[3]?.environment?.['SOURCE_DATE_EPOCH']).toBe('1700000000');
  expect(commands().join('\n') + lines.join('\n')).not.toContain('the-token');
});

it('signs out also when the build fails, and says what docker said', async () => {
  answers.set('buildx build', { exitCode: 1, stderr: 'no such file' });
  await expect(publish()).rejects.toThrow(/docker buildx build failed[^]*no such file/);
  expect(commands().at(-1)).toBe(`logout ${REPOSITORY.registry}`);
});

it('keeps stages in the cache of GitHub where the runner gives access to it, and a driver can export them', async () => {
  const cached = (): boolean => commands().some((line) => line.includes('type=gha'));
  await publish();
  expect(cached()).toBe(false);
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', 'runtime');
  vi.stubEnv('ACTIONS_RESULTS_URL', 'https://results.example.org/');
  calls = [];
  answers.set('buildx inspect', { exitCode: 0, stdout: 'Driver: docker\n' });
  await publish();
  expect(cached()).toBe(false);
  answers.set('buildx inspect', { exitCode: 0, stdout: 'Driver: docker-container\n' });
  await publish();
  expect(cached()).toBe(true);
});

it.each([
  ['buildx is not there', () => answers.set('buildx inspect', { exitCode: 1, stderr: 'unknown command' })],
  ['DOCKER_BUILDKIT=0 asks for it', () => vi.stubEnv('DOCKER_BUILDKIT', '0')],
])('builds with plain docker where %s', async (_, prepare) => {
  prepare();
  await publish();
  expect(commands().some((line) => line.startsWith('build '))).toBe(true);
  expect(commands().some((line) => line.startsWith('push '))).toBe(true);
});

it('lets nothing that a build prints be taken for a command to the runner', async () => {
  answers.set('buildx build', { exitCode: 0, stdout: '::add-mask::x\n::error::y' });
  await publish();
  expect(lines.filter((line) => line.startsWith('::'))).toEqual([]);
  expect(lines).toContain('| ::add-mask::x');
});

it('says why no engine can be used, and builds nothing', async () => {
  answers.set('version', { exitCode: 1, stderr: 'Cannot connect to the Docker daemon\n' });
  await expect(publish()).rejects.toThrow(/No container engine answers[^]*Cannot connect to the Docker daemon/);
  expect(commands()).toHaveLength(1);
});
