import { Agent } from 'node:http';
import { send, sendJson, type Message } from '../../src/testing/http-client.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, waitUntilReady, type Exit, type ServerProcess } from '../../src/testing/server-process.ts';
import { openFileDescriptors, residentMebibytes } from '../../src/testing/process-inspection.ts';
import { hostileMessage } from './bodies.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { converse, hostileConversation } from './sockets.ts';
import type { Target } from './targets.ts';

export interface HostileOptions {
  readonly target: Target;
  readonly seed: number;
  /** Hostile messages in all. */
  readonly count: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly bundle?: string;
}

export interface HostileReport {
  /** What went wrong, at most 20 of it; empty when the server held. */
  readonly problems: readonly string[];
  /** How many messages were answered with each status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly sent: number;
  readonly seconds: number;
  /** Resident memory after each of the parts that the run consists of. */
  readonly residentMebibytes: readonly number[];
  readonly exit: Exit;
}

const answerTimeoutMilliseconds = 10_000;
const connections = 16;
/** An sendPart is made in so many parts, after each of which memory is looked at. */
const parts = 8;
/** Of so many messages one is a conversation on a raw socket. */
const rawEvery = 40;
/** After so many messages of a connection a good request must be answered rightly. */
const goodEvery = 50;

/** Sends hostile messages to a server of its own and watches that it stays up, quick, right and small. */
export async function sendHostileMessages(options: HostileOptions): Promise<HostileReport> {
  const folder = await mkdtemp(join(tmpdir(), 'run-'));
  await writeFile(join(folder, 'model.onnx'), options.target.model);
  const server = await startServer({
    modelDirectory: folder,
    environment: { LOG_REQUESTS: 'none', ...options.environment },
    ...(options.bundle === undefined ? {} : { bundle: options.bundle }),
  });
  const started = performance.now();
  const problems: string[] = [];
  const statuses: Record<string, number> = {};
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    await waitUntilReady(server.url);
    const run = { server, target: options.target, agent, problems, statuses };
    const resident: number[] = [];
    for (let part = 0; part < parts; part++) {
      await sendPart(run, options.seed + part * 1_000_003, Math.ceil(options.count / parts), part);
      resident.push(residentMebibytes(server.pid));
    }
    await checkGoodRequest(run);
    agent.destroy();
    await checkConnectionsClosed(run);
    const exit = await server.stop();
    if (exit.code !== 0) problems.push(`the server ended with ${exit.signal ?? `exit code ${String(exit.code)}`}`);
    return {
      problems: problems.slice(0, 20),
      statuses,
      sent: options.count,
      seconds: (performance.now() - started) / 1000,
      residentMebibytes: resident,
      exit,
    };
  } finally {
    agent.destroy();
    server.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

interface HostileRun {
  readonly target: Target;
  readonly server: ServerProcess;
  readonly agent: Agent;
  readonly problems: string[];
  readonly statuses: Record<string, number>;
}

async function sendPart(run: HostileRun, seed: number, count: number, part: number): Promise<void> {
  await Promise.all(
    Array.from({ length: connections }, async (_, line) => {
      const random = createSeededRandom(seed + line * 7919);
      const share = Math.floor(count / connections) + (line < count % connections ? 1 : 0);
      // Indices continue from round to round, so that short runs also have raw connections and good requests.
      const first = part * share;
      for (let index = first; index < first + share && run.problems.length < 20; index += 1) {
        if (index % goodEvery === goodEvery - 1) await checkGoodRequest(run);
        if (index % rawEvery === rawEvery - 1) await holdConversation(run, random);
        else await sendHostile(run, random);
      }
    }),
  );
}

async function sendHostile(
  { server, target, agent, problems, statuses }: HostileRun,
  random: SeededRandom,
): Promise<void> {
  const { kind, message } = hostileMessage(random, target.templates);
  try {
    const { status, headers, body } = await send(server.url, {
      ...message,
      agent,
      timeoutMilliseconds: answerTimeoutMilliseconds,
    });
    statuses[status] = (statuses[status] ?? 0) + 1;
    const text = body.toString();
    if (status >= 500) problems.push(`${kind}: status ${status} to ${describe(message)}: ${text.slice(0, 300)}`);
    else if (status >= 400 && !isProblem(status, headers['content-type'], text))
      problems.push(`${kind}: ${status} without problem details to ${describe(message)}: ${text.slice(0, 200)}`);
  } catch (error) {
    // A message that HTTP itself does not allow may cost the connection.
    statuses['connection ended'] = (statuses['connection ended'] ?? 0) + 1;
    if (String(error).includes('no answer within')) problems.push(`${kind}: ${String(error)} to ${describe(message)}`);
  }
}

async function holdConversation(
  { server, target, problems, statuses }: HostileRun,
  random: SeededRandom,
): Promise<void> {
  const conversation = hostileConversation(random, target.good);
  const problem = await converse(server.port, conversation, answerTimeoutMilliseconds);
  statuses['raw connection'] = (statuses['raw connection'] ?? 0) + 1;
  if (problem !== undefined) problems.push(problem);
}

async function checkGoodRequest({ server, target, problems }: HostileRun): Promise<void> {
  try {
    const { status, json } = await sendJson(server.url, target.good.path, target.good.body);
    if (status !== 200 || !target.isRight(json)) {
      problems.push(`a good request was answered ${status}: ${JSON.stringify(json)}`);
    }
  } catch (error) {
    problems.push(`a good request failed: ${String(error)}; the server's output:\n${server.log()}`);
  }
}

/** After all clients have gone the server must have let go of their sockets. */
async function checkConnectionsClosed({ server, problems }: HostileRun): Promise<void> {
  const open = (): number => openFileDescriptors(server.pid);
  const deadline = performance.now() + 5000;
  while (open() > 60 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  if (open() > 60) problems.push(`${open()} file descriptors are open after all clients have gone`);
}

function isProblem(status: number, contentType: string | undefined, text: string): boolean {
  if (contentType?.startsWith('application/problem+json') !== true) return false;
  const problem: unknown = JSON.parse(text);
  return (
    typeof problem === 'object' &&
    problem !== null &&
    'status' in problem &&
    problem.status === status &&
    'detail' in problem &&
    problem.detail !== ''
  );
}

function describe({ method = 'POST', path, headers, body = '' }: Message): string {
  return `${method} ${path} ${JSON.stringify(headers)} ${JSON.stringify(Buffer.from(body).toString('latin1').slice(0, 300))}`;
}
