import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { describedModelSchema } from '../../domain/model-review/described-model.ts';
import type { RowAnswer } from '../../domain/model-review/row-difference.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import { textOf } from '../../domain/smoke/answer.ts';
import { logText } from '../../domain/text/markdown.ts';
import { shorten } from '../../domain/text/shorten.ts';
import type { ModelPlace, ModelServers, RunningModel } from '../../ports/model-servers.ts';
import { startProcess, type StartedProcess } from './process.ts';
import { tryParseJson } from '../../domain/json/try-parse.ts';

/** What a model may use at most; a hostile file must not take the machine. */
export interface ModelBounds {
  readonly startSeconds: number;
  readonly answerSeconds: number;
  readonly memoryBytes: number;
  readonly answerBytes: number;
}

const DEFAULT_BOUNDS: ModelBounds = {
  ...{ startSeconds: 120, answerSeconds: 30 },
  ...{ memoryBytes: 6 * 2 ** 30, answerBytes: 8 * 2 ** 20 },
};
const WATCH_MILLISECONDS = 100;
const STOP_MILLISECONDS = 5000;
const ENDING_MILLISECONDS = 1000;
const LONGEST_REASON = 300;

/** Starts models in the server's own process on this machine, on the loopback interface. */
export function createModelServers(bounds: ModelBounds = DEFAULT_BOUNDS): ModelServers {
  return { start: async (place) => await startModel(place, bounds) };
}

async function startModel(place: ModelPlace, bounds: ModelBounds): Promise<RunningModel> {
  const listening = new EventEmitter<{ line: [string] }>();
  // Nothing of this process's environment: the model must not read a token.
  const environment = {
    ...{ PATH: process.env['PATH'], MODEL_DIR: place.modelFolder, MODEL_NAME: 'model' },
    ...{ HOST: '127.0.0.1', PORT: '0' },
  };
  const child = startProcess(process.execPath, [place.bundle, 'serve'], environment, (line) =>
    listening.emit('line', line),
  );
  const ending = watchEnd(child, bounds);
  let url: string;
  try {
    url = `http://127.0.0.1:${String(await listeningPort(listening, bounds, ending))}`;
  } catch (cause) {
    child.kill('SIGKILL');
    throw new UserError({
      what: `${place.what} does not start in the server`,
      where: place.modelFolder,
      expected: `a server that listens within ${String(bounds.startSeconds)} s and ${String(bounds.memoryBytes / 2 ** 20)} MiB`,
      // The model's own words, such as names of its nodes.
      found: logText(shorten(cause instanceof Error ? cause.message : String(cause), LONGEST_REASON)),
      remedy: `See it with \`MODEL_DIR=${place.modelFolder} npm run serve\`, and correct the model or its signature.json.`,
      cause,
    });
  }
  const connection = { agent: new Agent({ keepAlive: true }), bounds, ending };
  return {
    describe: async () => {
      const answer = await request({ url: `${url}/v2/models/model` }, connection);
      const text = answer.kind === 'answered' ? textOf(answer) : undefined;
      const parsed = describedModelSchema.safeParse(tryParseJson(text ?? ''));
      if (parsed.success) return parsed.data;
      throw new UserError({
        what: `${place.what} is not described by its server`,
        where: place.modelFolder,
        expected: 'the inputs and outputs of the model, at /v2/models/NAME',
        found: answer.kind === 'answered' ? `status ${String(answer.status)}` : answer.why,
        remedy: 'Correct the model or its signature.json.',
      });
    },
    ended: ending.reason,
    ask: async ({ contentType, accept, body }) => {
      const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) };
      return await request({ url: `${url}/invocations`, headers, body }, connection);
    },
    stop: async () => {
      connection.agent.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
      await ending.ended;
      clearTimeout(timer);
    },
  };
}

interface Exchange {
  readonly url: string;
  /** A body is posted; without one it is a GET. */
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

async function request(exchange: Exchange, { agent, bounds, ending }: Connection): Promise<RowAnswer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), bounds.answerSeconds * 1000);
  try {
    return await send(exchange, agent, bounds, late.signal);
  } catch {
    if (late.signal.aborted) {
      return { kind: 'none', why: ending.reason() ?? `no answer within ${String(bounds.answerSeconds)} s` };
    }
    // The connection of a process that ends is closed before its end is known.
    await Promise.race([ending.ended, delay(ENDING_MILLISECONDS)]);
    return { kind: 'none', why: ending.reason() ?? 'the connection ended without an answer' };
  } finally {
    clearTimeout(timer);
  }
}

/** By node:http, which takes half the time of `fetch`: a review sends tens of thousands of requests. */
async function send(exchange: Exchange, agent: Agent, bounds: ModelBounds, signal: AbortSignal): Promise<RowAnswer> {
  const started = performance.now();
  const { url, headers = {}, body } = exchange;
  const outgoing = httpRequest(url, { method: body === undefined ? 'GET' : 'POST', headers, agent, signal });
  try {
    const answer = new Promise<IncomingMessage>((resolve, reject) =>
      outgoing.on('response', resolve).on('error', reject),
    );
    outgoing.end(body);
    return await readAnswer(await answer, bounds, started);
  } catch (error) {
    // The server closed the idle connection meanwhile: https://nodejs.org/api/http.html#requestreusedsocket
    const isStale = outgoing.reusedSocket && error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
    if (!isStale || signal.aborted) throw error;
    return await send(exchange, new Agent(), bounds, signal);
  }
}

async function readAnswer(answer: IncomingMessage, bounds: ModelBounds, started: number): Promise<RowAnswer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> = answer;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length > bounds.answerBytes) {
      return { kind: 'none', why: `an answer of more than ${String(bounds.answerBytes / 2 ** 20)} MiB` };
    }
  }
  return {
    ...{ kind: 'answered', status: answer.statusCode ?? 0, latencyMilliseconds: performance.now() - started },
    body: Buffer.concat(parts),
    contentType: answer.headers['content-type'],
  };
}

/** How a model is asked. */
interface Connection {
  readonly agent: Agent;
  readonly bounds: ModelBounds;
  readonly ending: Ending;
}

interface Ending {
  readonly ended: Promise<void>;
  /** Why the process ended, or undefined while it runs. */
  readonly reason: () => string | undefined;
}

/** Ends the process when it uses more memory than it may, and keeps why it ended. */
function watchEnd(child: StartedProcess, bounds: ModelBounds): Ending {
  let reason: string | undefined;
  const watch = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => {
      if (bytes <= bounds.memoryBytes) return;
      reason ??= `the model used more than ${String(bounds.memoryBytes / 2 ** 20)} MiB of memory`;
      child.kill('SIGKILL');
    });
  }, WATCH_MILLISECONDS);
  const ended = child.ended.then((end) => {
    clearInterval(watch);
    reason ??= typeof end === 'number' ? `the server ended with code ${String(end)}` : `the server was ended by ${end}`;
  });
  return { ended, reason: () => reason };
}

const PAGE_BYTES = 4096;

/** Resident memory of a process by Linux's /proc; 0 where there is none. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${String(pid)}/statm`, 'utf8').catch(() => '');
  return Number(text.split(' ')[1] ?? 0) * PAGE_BYTES;
}

/** The port of the server's log line `listening`. */
async function listeningPort(
  lines: EventEmitter<{ line: [string] }>,
  bounds: ModelBounds,
  ending: Ending,
): Promise<number> {
  let last = '';
  const port = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      const entry = parseLine(line);
      if (entry.message === 'listening' && entry.port !== undefined) resolve(entry.port);
      last = (entry.message ?? line).slice(0, 1000);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`nothing after ${String(bounds.startSeconds)} s`)),
      bounds.startSeconds * 1000,
    );
  });
  const over = ending.ended.then(() => {
    throw new Error([ending.reason(), last].filter((text) => text !== undefined && text !== '').join(': '));
  });
  try {
    return await Promise.race([port, late, over]);
  } finally {
    clearTimeout(timer);
  }
}

const logEntry = z.looseObject({ message: z.string().optional(), port: z.number().optional() });

function parseLine(line: string): z.output<typeof logEntry> {
  return logEntry.safeParse(tryParseJson(line)).data ?? {};
}
