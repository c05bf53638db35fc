import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors/user-error.ts';
import { reportedReleaseId } from '../../domain/release/reported-id.ts';
import { bodyOf, type SmokeCase } from '../../domain/smoke/cases.ts';
import type { Probe } from '../../domain/smoke/check.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerSpec, ImageRunner } from '../../ports/image-runner.ts';
import type { ProcessResult } from '../../ports/process.ts';
import { createDockerCommand, expectEngine, whileSignedIn, type DockerOptions } from './engine.ts';

/** As long as SageMaker waits: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html */
const ANSWER_SECONDS = 60;
/** The exit code of the program below when nothing is ready in time. */
const NOT_READY = 3;

/*
 * Asks from inside, as the container has no network. It is Node, which runs the server, and a text, since it runs where this
 * bundle is not. It writes one line when /ping is good, and one for each question.
 */
const ASK = `
(async () => {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
  const { startSeconds, answerSeconds, questions } = JSON.parse(text);
  const url = 'http://127.0.0.1:' + (process.env.SAGEMAKER_BIND_TO_PORT || 8080);
  const write = (value) => console.log(JSON.stringify(value));
  const isReady = () => fetch(url + '/ping', { signal: AbortSignal.timeout(2000) }).then((answer) => answer.status === 200, () => false);
  const end = performance.now() + startSeconds * 1000;
  while (!(await isReady())) {
    if (performance.now() > end) return void (process.exitCode = ${NOT_READY});
    await new Promise((done) => setTimeout(done, 50));
  }
  write('ready');
  for (const { headers, body } of questions) {
    const from = performance.now();
    const latencyMilliseconds = () => performance.now() - from;
    try {
      const signal = AbortSignal.timeout(answerSeconds * 1000);
      const answer = await fetch(url + '/invocations', { method: 'POST', headers, body: Buffer.from(body, 'base64'), signal });
      const bytes = Buffer.from(await answer.arrayBuffer());
      const { status } = answer;
      write({ status, headers: Object.fromEntries(answer.headers), body: bytes.toString('base64'), latencyMilliseconds: latencyMilliseconds() });
    } catch (error) {
      write({ message: String(error.cause ?? error), latencyMilliseconds: latencyMilliseconds() });
    }
  }
})();
`;

const answerLine = z.union([
  z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
    latencyMilliseconds: z.number(),
  }),
  z.object({ message: z.string(), latencyMilliseconds: z.number() }),
]);

/** Runs images with the docker engine that the docker CLI finds (its context, or DOCKER_HOST). */
export function createDockerImageRunner(
  options: DockerOptions & { readonly clock: Pick<Clock, 'monotonic'> },
): ImageRunner {
  const { run, signal, clock } = options;
  const cwd = process.cwd();
  const docker = createDockerCommand(options, cwd);
  return {
    pull: async (repository, image) => {
      await expectEngine(run, cwd);
      await whileSignedIn(repository, docker, run, cwd, async () => {
        await docker(['pull', '--quiet', image]);
      });
    },
    ask: async (container, cases) => {
      const name = `test-image-${randomUUID()}`;
      const started = clock.monotonic();
      let readyAt: number | undefined;
      try {
        await docker(runArguments(name, container));
        const asked = await run({
          ...{ command: 'docker', argv: ['exec', '--interactive', name, 'node', '--eval', ASK], cwd, signal },
          stdin: JSON.stringify({
            startSeconds: container.startupTimeoutSeconds,
            answerSeconds: ANSWER_SECONDS,
            questions: cases.map(questionOf),
          }),
          onStdoutLine: () => {
            readyAt ??= clock.monotonic();
          },
        });
        signal?.throwIfAborted();
        const log = async (): Promise<string> => {
          const { stdout, stderr } = await run({ command: 'docker', argv: ['logs', '--tail', '5', name], cwd });
          return `${stdout}${stderr}`.trim();
        };
        if (readyAt === undefined) throw notReady(container, asked, await log());
        const [, ...lines] = asked.stdout.trimEnd().split('\n');
        const ended = lines.length < cases.length ? `the container ended: ${await log()}` : '';
        return {
          startSeconds: (readyAt - started) / 1000,
          probes: cases.map((_, index) => probeOf(lines[index], ended)),
        };
      } finally {
        await run({ command: 'docker', argv: ['rm', '--force', '--volumes', name], cwd });
      }
    },
  };
}

/** SageMaker's command, with a root file system that is read-only and no network: what needs more than /tmp shows it here. */
function runArguments(name: string, { image, environment, modelFolder }: ContainerSpec): readonly string[] {
  return [
    ...['run', '--detach', '--pull', 'never', '--name', name],
    ...['--network', 'none', '--read-only', '--tmpfs', '/tmp'],
    ...(modelFolder === undefined ? [] : ['--volume', `${modelFolder}:/opt/ml/model:ro`]),
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    image,
    'serve',
  ];
}

function questionOf(smoke: SmokeCase): unknown {
  const { contentType, accept } = smoke.request;
  return {
    headers: { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) },
    body: Buffer.from(bodyOf(smoke)).toString('base64'),
  };
}

function probeOf(line: string | undefined, ended: string): Probe {
  if (line === undefined) return { kind: 'failed', message: ended, latencyMilliseconds: 0 };
  const answer = answerLine.parse(JSON.parse(line));
  if ('message' in answer) return { kind: 'failed', ...answer };
  const { status, headers, body, latencyMilliseconds } = answer;
  return {
    ...{ kind: 'answered', status, latencyMilliseconds, body: Buffer.from(body, 'base64') },
    contentType: headers['content-type'],
    releaseId: reportedReleaseId(headers['x-amzn-sagemaker-custom-attributes']),
  };
}

function notReady(
  { image, startupTimeoutSeconds, environment }: ContainerSpec,
  { exitCode, stderr }: ProcessResult,
  log: string,
): UserError {
  const why = exitCode === NOT_READY ? 'no such answer' : `docker exec ended with ${exitCode}: ${stderr.trim()}`;
  const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
  return new UserError({
    what: 'The image does not start as SageMaker starts it',
    where: `${image} with ${variables.join(' ')}`,
    expected: `HTTP 200 from /ping within ${startupTimeoutSeconds} s (startupTimeoutSeconds of the release)`,
    found: `${why}; the container's log ends with: ${log || '(nothing)'}`,
    remedy:
      'See it with `docker run --read-only --tmpfs /tmp --network none IMAGE serve`, and correct the server, the model or the container environment.',
  });
}
