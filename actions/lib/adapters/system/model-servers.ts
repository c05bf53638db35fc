import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describedModelSchema } from '../../domain/model-review/described-model.ts';
import type { RowAnswer } from '../../domain/model-review/row-difference.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import type { ModelPlace, ModelServers, RunningModel } from '../../ports/model-servers.ts';
import { startProcess, type StartedProcess } from './process.ts';

/** What a model may use at most; a hostile file must not take the machine. */
export interface ModelBounds {
  readonly startSeconds: number;
  readonly answerSeconds: number;
  readonly memoryBytes: number;
  readonly answerBytes: number;
}

const DEFAULT_BOUNDS: ModelBounds = {
  ...{ startSeconds: 120, answerSeconds: 30 },
  ...{ memoryBytes: 6 * 2 ** 30, answerBytes: 64 * 2 ** 20 },
};
const WATCH_MILLISECONDS = 100;
const STOP_MILLISECONDS = 5000;

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
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: `See it with \`MODEL_DIR=${place.modelFolder} npm run serve\`, and correct the model or its signature.json.`,
      cause,
    });
  }
  return {
    describe: async () => {
      const answer = await fetch(`${url}/v2/models/model`, {
        signal: AbortSignal.timeout(bounds.answerSeconds * 1000),
      });
      return describedModelSchema.parse(await answer.json());
    },
    ask: async ({ contentType, accept, body }) => {
      const started = performance.now();
      try {
        const answer = await fetch(`${url}/invocations`, {
          method: 'POST',
          headers: { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) },
          body: Buffer.from(body),
          signal: AbortSignal.timeout(bounds.answerSeconds * 1000),
        });
        return await readAnswer(answer, bounds, started);
      } catch (error) {
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        const why = isLate
          ? `no answer within ${String(bounds.answerSeconds)} s`
          : 'the connection ended without an answer';
        return { kind: 'none', why: ending.reason() ?? why };
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
      await ending.ended;
      clearTimeout(timer);
    },
  };
}

async function readAnswer(answer: Response, bounds: ModelBounds, started: number): Promise<RowAnswer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream: AsyncIterable<Uint8Array> | undefined = answer.body ?? undefined;
  for await (const part of stream ?? []) {
    parts.push(part);
    length += part.length;
    if (length > bounds.answerBytes) {
      return { kind: 'none', why: `an answer of more than ${String(bounds.answerBytes / 2 ** 20)} MiB` };
    }
  }
  return {
    ...{ kind: 'answered', status: answer.status, latencyMilliseconds: performance.now() - started },
    body: Buffer.concat(parts),
    contentType: answer.headers.get('content-type') ?? undefined,
  };
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
      last = (entry.message ?? line).slice(0, 500);
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

function parseLine(line: string): { readonly message?: string; readonly port?: number } {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== 'object' || entry === null) return {};
    const [message, port] = [Reflect.get(entry, 'message') as unknown, Reflect.get(entry, 'port') as unknown];
    return {
      ...(typeof message === 'string' ? { message } : {}),
      ...(typeof port === 'number' ? { port } : {}),
    };
  } catch {
    return {};
  }
}
