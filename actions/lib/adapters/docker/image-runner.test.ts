import { beforeEach, expect, it } from 'vitest';
import { parseGoldenFile } from '../../domain/smoke/cases.ts';
import type { Process, ProcessSpec } from '../../ports/process.ts';
import { createDockerImageRunner } from './image-runner.ts';

const IMAGE = `registry/scoring@sha256:${'1'.repeat(64)}`;
const { cases } = parseGoldenFile({
  path: 'golden.json',
  text: JSON.stringify({
    cases: ['one', 'two'].map((name) => ({
      name,
      request: { contentType: 'text/csv', accept: 'application/json', text: '1,2' },
      expect: { status: 200 },
    })),
  }),
});
const ANSWER = JSON.stringify({
  status: 200,
  headers: { 'content-type': 'application/json', 'x-amzn-sagemaker-custom-attributes': 'release-id=0123456789ab' },
  body: Buffer.from('{"prediction":[4]}').toString('base64'),
  latencyMilliseconds: 2,
});

let calls: ProcessSpec[];
let exec: { exitCode: number; stdout: string; stderr?: string };
let time: number;

const run: Process = async (spec) => {
  calls.push(spec);
  time += 500;
  const result =
    spec.argv[0] === 'exec' ? exec : { exitCode: 0, stdout: spec.argv[0] === 'logs' ? 'no such model' : '' };
  for (const line of result.stdout.split('\n').filter((text) => text !== '')) spec.onStdoutLine?.(line);
  return await Promise.resolve({ stderr: '', ...result });
};
const reporter = { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined };
const runner = createDockerImageRunner({ run, reporter, clock: { monotonic: () => time } });
const container = {
  image: IMAGE,
  environment: { LOG_LEVEL: 'debug', RELEASE_ID: '0123456789ab' },
  modelFolder: '/srv/model',
  startupTimeoutSeconds: 60,
};
const verbs = () => calls.map(({ argv }) => argv[0]);

beforeEach(() => {
  calls = [];
  time = 0;
  exec = { exitCode: 0, stdout: `"ready"\n${ANSWER}\n${ANSWER}\n` };
});

it('starts the image by digest with the argument of SageMaker, without a network, and asks from inside', async () => {
  const { startSeconds, probes } = await runner.ask(container, cases);
  const [name = ''] = calls[0]?.argv.slice(5) ?? [];
  expect(calls[0]?.argv.join(' ')).toBe(
    `run --detach --pull never --name ${name} --network none --read-only --tmpfs /tmp ` +
      `--volume /srv/model:/opt/ml/model:ro --env LOG_LEVEL=debug --env RELEASE_ID=0123456789ab ${IMAGE} serve`,
  );
  expect(calls[1]?.argv.slice(0, 5)).toEqual(['exec', '--interactive', name, 'node', '--eval']);
  expect(JSON.parse(String(calls[1]?.stdin))).toMatchObject({
    startSeconds: 60,
    questions: [
      {
        headers: { 'content-type': 'text/csv', accept: 'application/json' },
        body: Buffer.from('1,2').toString('base64'),
      },
      {},
    ],
  });
  expect(startSeconds).toBe(1);
  expect(probes).toMatchObject([{ kind: 'answered', status: 200, releaseId: '0123456789ab' }, { kind: 'answered' }]);
  expect(calls.at(-1)?.argv).toEqual(['rm', '--force', '--volumes', name]);
});

it('says what a container wrote that is not ready in time, and removes it', async () => {
  exec = { exitCode: 3, stdout: '' };
  await expect(runner.ask(container, cases)).rejects.toThrow(
    /does not start[^]*LOG_LEVEL=debug[^]*within 60 s[^]*no such answer; the container's log ends with: no such model/,
  );
  expect(verbs()).toEqual(['run', 'exec', 'logs', 'rm']);
});

it('gives no answer to the cases after a container has ended', async () => {
  exec = { exitCode: 137, stdout: `"ready"\n${ANSWER}\n` };
  const { probes } = await runner.ask(container, cases);
  expect(probes).toMatchObject([
    { kind: 'answered' },
    { kind: 'failed', message: 'the container ended: no such model' },
  ]);
});
