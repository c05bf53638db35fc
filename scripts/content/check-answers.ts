import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson } from '../../actions/lib/domain/json/canonical.ts';
import type { JsonFile } from '../../actions/lib/domain/json/file.ts';
import { describeError } from '../../actions/lib/domain/errors/user-error.ts';
import type { ReviewRow } from '../../actions/lib/domain/model-review/row-difference.ts';
import { liveRelease } from '../../actions/lib/domain/release/release.ts';
import { showAnswer } from '../../actions/lib/domain/smoke/answer.ts';
import { bodyOf, type SmokeCase } from '../../actions/lib/domain/smoke/cases.ts';
import { failureOf, type Probe } from '../../actions/lib/domain/smoke/check.ts';
import type { CaseList } from '../../actions/lib/domain/smoke/container-starts.ts';
import { startServer, type ServerProcess } from '../../server/src/testing/server-process.ts';
import type { CheckedEnvironment } from './check-environments.ts';
import type { CheckedModel, FileRows } from './check-models.ts';
import { asError, type Finding } from './finding.ts';

const LONGEST_START_SECONDS = 120;
const LONGEST_ANSWER_SECONDS = 60;

/** A start of a model with one container environment, and the requests that it must answer. */
export interface ModelStart {
  readonly model: CheckedModel;
  readonly containerEnvironment: Readonly<Record<string, string>>;
  readonly questions: readonly CaseList[];
}

/**
 * The starts that a model needs: one for each container environment of the live releases of its service (none before the
 * first release), each asked the golden cases of the model and the smoke cases of the environments that have it.
 */
export function planStarts(model: CheckedModel, environments: readonly CheckedEnvironment[]): readonly ModelStart[] {
  const golden = model.golden.length === 0 ? [] : [{ file: `${model.folder}/golden.json`, cases: model.golden }];
  const starts = new Map<string, ModelStart>();
  for (const { environment, releases, smoke } of environments) {
    if (environment.service !== model.service) continue;
    const containerEnvironment = (releases === undefined ? undefined : liveRelease(releases))?.spec.environment ?? {};
    const key = canonicalJson(containerEnvironment);
    const before = starts.get(key) ?? { model, containerEnvironment, questions: golden };
    const file = `environments/${environment.name}/${environment.smoke.cases}`;
    const questions = smoke === undefined ? [] : [{ file, cases: smoke.cases }];
    starts.set(key, { ...before, questions: [...before.questions, ...questions] });
  }
  return [...starts.values()];
}

/** What came of a start: the unexpected answers, and how many requests were sent. */
export interface CheckedAnswers {
  readonly findings: readonly Finding[];
  readonly asked: number;
}

/** Starts a model in the real server and sends it all requests. */
export async function checkAnswers(
  root: string,
  bundle: string,
  { model, containerEnvironment, questions }: ModelStart,
): Promise<CheckedAnswers> {
  let server: ServerProcess;
  try {
    server = await startServer({
      bundle,
      environment: {
        ...containerEnvironment,
        // Folder and port on this machine, not those of the container.
        MODEL_DIR: path.resolve(root, model.folder),
        HOST: '127.0.0.1',
        PORT: '0',
      },
      startTimeoutMilliseconds: LONGEST_START_SECONDS * 1000,
    });
  } catch (error) {
    return { findings: [asError(failedStart(model, containerEnvironment, error))], asked: 0 };
  }
  try {
    const findings: Finding[] = [];
    for (const { file, cases } of questions) {
      const text = await readFile(path.resolve(root, file), 'utf8');
      findings.push(...(await askCases(server.url, model, { path: file, text }, cases)));
    }
    for (const asked of model.rows) findings.push(...(await askRows(server.url, model, asked)));
    return { findings, asked: questions.reduce((sum, { cases }) => sum + cases.length, 0) };
  } finally {
    await server.stop();
  }
}

function failedStart(
  model: CheckedModel,
  containerEnvironment: Readonly<Record<string, string>>,
  error: unknown,
): Finding['parts'] {
  const keys = Object.entries(containerEnvironment).map(([key, value]) => `${key}=${value}`);
  return {
    what: `The model of ${model.service} does not start in the server`,
    where: `${model.folder}${keys.length === 0 ? '' : ` with ${keys.join(' ')}`}`,
    expected: `a server that listens within ${String(LONGEST_START_SECONDS)} s`,
    found: lastLine(error instanceof Error ? error.message : String(error)),
    remedy: `See it with \`env ${[`MODEL_DIR=${model.folder}`, ...keys].map(quoted).join(' ')} npm run serve\`, and correct the model, its signature.json or the container environment.`,
  };
}

/** A word of a shell's command line. */
function quoted(word: string): string {
  return /^[\w./:=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The last line of the server's log gives the reason of a failed start. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'message' in entry) return String(entry.message);
  } catch {
    // Not a line of the log.
  }
  return line.slice(0, 500);
}

async function askCases(
  url: string,
  model: CheckedModel,
  file: JsonFile,
  cases: readonly SmokeCase[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const smoke of cases) {
    const found = failureOf(smoke, await ask(url, smoke.request, bodyOf(smoke)), { releaseId: null });
    if (found === null) continue;
    findings.push(
      asError({
        what: `The model of ${model.service} does not answer the case "${smoke.name}" as expected`,
        where: `${file.path} at case "${smoke.name}"`,
        expected: 'what the case says under "expect"',
        found,
        remedy: `Correct the case, or the model in ${model.folder}.`,
        location: { file: file.path, line: lineOfCase(file, smoke.name) },
      }),
    );
  }
  return findings;
}

// A file with other columns than the model's has no row that is answered.
const ROWS_TRIED = 20;

/** A file of rows that the model answers none of: the review would compare nothing with it, and say nothing. */
async function askRows(
  url: string,
  model: CheckedModel,
  { file, problem, where, rows }: FileRows,
): Promise<readonly Finding[]> {
  let refusal: string | undefined;
  for (const row of rows.slice(0, ROWS_TRIED)) {
    const probe = await ask(url, row, row.body);
    if (probe.kind === 'answered' && probe.status === 200) return [];
    refusal ??= probe.kind === 'answered' ? `status ${String(probe.status)}: ${showAnswer(probe)}` : probe.message;
  }
  if (refusal === undefined) return [];
  return [
    asError({
      what: `The model of ${model.service} ${problem}`,
      where,
      expected: 'an answer with status 200',
      found: refusal,
      remedy: 'Correct the file: names, order and shapes are those of the inputs of the model.',
      location: { file },
    }),
  ];
}

/** The line on which a case has its name, counted from 1. */
function lineOfCase({ text }: JsonFile, name: string): number | undefined {
  const names = [...text.matchAll(/"name"\s*:\s*("(?:[^"\\]|\\.)*")/g)];
  const found = names.find(([, literal = '""']) => JSON.parse(literal) === name);
  return found === undefined ? undefined : text.slice(0, found.index).split('\n').length;
}

async function ask(
  url: string,
  { contentType, accept }: Pick<ReviewRow, 'contentType' | 'accept'>,
  body: Uint8Array,
): Promise<Probe> {
  const started = performance.now();
  const latencyMilliseconds = (): number => performance.now() - started;
  try {
    const response = await fetch(`${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(LONGEST_ANSWER_SECONDS * 1000),
    });
    return {
      kind: 'answered',
      status: response.status,
      releaseId: undefined,
      body: new Uint8Array(await response.arrayBuffer()),
      contentType: response.headers.get('content-type') ?? undefined,
      latencyMilliseconds: latencyMilliseconds(),
    };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return {
      kind: 'failed',
      message: isLate
        ? `no answer within ${String(LONGEST_ANSWER_SECONDS)} s`
        : `the connection ended without an answer (${describeError(error instanceof Error ? (error.cause ?? error) : error)})`,
      latencyMilliseconds: latencyMilliseconds(),
    };
  }
}
