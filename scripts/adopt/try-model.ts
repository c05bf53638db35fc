import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { bodyOf, parseSmokeFile, type SmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { problemOf } from '../../actions/lib/domain/smoke/check.ts';
import type { RunningModel } from '../../actions/lib/ports/model-servers.ts';
import type { DescribedModel, DescribedTensor } from '../../actions/lib/domain/model-review/described-model.ts';
import { exampleRow, madeUpRows, parseDeclaredSignature } from '../../actions/lib/domain/model-review/rows.ts';
import type { ReviewRow } from '../../actions/lib/domain/model-review/row-difference.ts';
import { readOnnxFile } from '../../server/src/onnx/read-onnx-file.ts';
import { withTurnedOutputs } from '../content/derived-models.ts';
import { withServerBundle } from '../content/server-bundle.ts';
import { draftSmoke, type SmokeDraft } from './draft-smoke.ts';
import type { ModelFiles } from './model-source.ts';
import { readHints } from './requests.ts';

const MADE_UP_ROWS = 20;

/** A model as it ran in the server, with smoke cases from its answers. */
export interface TriedModel extends SmokeDraft {
  readonly described: DescribedModel;
  /** Which of the smoke files that were there pass on the model. */
  readonly passing: readonly string[];
  /** Whether the cases fail on the model with turned outputs; undefined where they can't be turned, such as texts. */
  readonly tellsTurned: boolean | undefined;
}

/** What a model is asked. */
export interface TrialQuestions {
  /** Rows of the model's owner. */
  readonly rows: readonly ReviewRow[];
  /** Smoke files that are there, by their paths. */
  readonly before: ReadonlyMap<string, SmokeFile>;
}

interface TrialPlace {
  /** The built server. */
  readonly bundle: string;
  /** A folder that is not there yet, for the model's files. */
  readonly folder: string;
}

/**
 * Starts a model in the server and drafts its smoke cases.
 *
 * @throws UserError when it does not start, or answers nothing.
 */
export async function tryModel(files: ModelFiles, questions: TrialQuestions): Promise<TriedModel> {
  return await withServerBundle(
    async (bundle) => await tryAt(files, questions, { bundle, folder: path.join(path.dirname(bundle), '../model') }),
  );
}

async function tryAt(
  files: ModelFiles,
  { rows, before }: TrialQuestions,
  { bundle, folder }: TrialPlace,
): Promise<TriedModel> {
  const tried = await withModel('The model', files, { bundle, folder }, async (running) => {
    const described = await running.describe();
    const signature = parseDeclaredSignature({
      path: 'signature.json',
      text: files.get('signature.json')?.toString('utf8') ?? '{}',
    });
    const madeUp = madeUpRows(signature, described, { count: MADE_UP_ROWS, seed: 1 });
    const example = exampleRow(signature);
    const hints = readHints(readOnnxFile(path.join(folder, 'model.onnx')).graph);
    const ownRows = rows.length > 0 || madeUp.length === 0 ? rows : [...example, ...madeUp];
    const draft = await draftSmoke({ model: running, described, hints, rows: ownRows, example });
    const passing: string[] = [];
    for (const [file, smoke] of before) if (await passes(running, smoke)) passing.push(file);
    return { ...draft, described, passing };
  });
  return { ...tried, tellsTurned: await tellsTurned(files, tried, { bundle, folder: `${folder}-turned` }) };
}

/** Whether the cases fail on the same model with its outputs turned; undefined where no output can be turned. */
async function tellsTurned(files: ModelFiles, { file }: SmokeDraft, place: TrialPlace): Promise<boolean | undefined> {
  const turned = withTurnedOutputs(files.get('model.onnx') ?? Buffer.alloc(0));
  if (turned === undefined) return undefined;
  const smoke = parseSmokeFile({ path: 'smoke.json', text: JSON.stringify(file) });
  const other = new Map([...files, ['model.onnx', Buffer.from(turned)] as const]);
  return await withModel(
    'The model with turned outputs',
    other,
    place,
    async (running) => !(await passes(running, smoke)),
  );
}

/** Why a model does not start, for its owner: the folder that it was tried in is gone by then. */
function ofOwner({ parts, cause }: UserError, folder: string): UserError {
  const found = (cause instanceof Error ? cause.message : parts.found)?.replaceAll(`${folder}/`, '');
  const remedy = 'Correct the model or its signature.json, then run the command again; nothing was written.';
  return new UserError({ what: parts.what, expected: parts.expected, found, remedy });
}

async function withModel<Result>(
  what: string,
  files: ModelFiles,
  { bundle, folder }: TrialPlace,
  use: (running: RunningModel) => Promise<Result>,
): Promise<Result> {
  await writeModel(folder, files);
  const running = await createModelServers()
    .start({ what, bundle, modelFolder: folder })
    .catch((error: unknown) => {
      throw error instanceof UserError ? ofOwner(error, folder) : error;
    });
  try {
    return await use(running);
  } finally {
    await running.stop();
  }
}

/** Whether a running model answers all cases as they expect. */
async function passes(running: Pick<RunningModel, 'ask'>, file: SmokeFile): Promise<boolean> {
  const expected = { file, releaseId: null, parity: null, judgesLatency: false };
  for (const smoke of file.cases) {
    const { contentType, accept } = smoke.request;
    const answer = await running.ask({
      name: smoke.name,
      origin: 'smoke case',
      contentType,
      accept,
      body: bodyOf(smoke),
    });
    if (answer.kind === 'none' || problemOf(smoke, { ...answer, releaseId: undefined }, expected) !== null)
      return false;
  }
  return true;
}

async function writeModel(folder: string, files: ModelFiles): Promise<void> {
  for (const [name, bytes] of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
}

/** The inputs and outputs of a model in two lines. */
export function renderSignature({ inputs, outputs, properties }: DescribedModel): readonly string[] {
  const list = (tensors: readonly DescribedTensor[]): string =>
    tensors
      .map(({ name, datatype, shape }) => {
        const classes = properties[`classes.${name}`];
        return `${name} ${datatype}[${shape.map((size) => (size === -1 ? 'any' : String(size))).join(', ')}]${classes === undefined ? '' : ` of ${classes}`}`;
      })
      .join('; ');
  return [`inputs:  ${list(inputs)}`, `outputs: ${list(outputs)}`];
}
