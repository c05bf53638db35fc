import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as prettier from 'prettier';
import {
  readEnvironmentFolders,
  type EnvironmentFolder,
} from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { readSmokeFile } from '../../actions/lib/adapters/checkout/smoke-cases-file.ts';
import { parseEnvironmentFile, type Environment } from '../../actions/lib/domain/environment/environment.ts';
import type { SmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { externalFiles } from '../../server/src/model/check-model-files.ts';
import { UsageError } from '../command-line.ts';
import { attempt } from '../content/finding.ts';
import { readRowsFile } from '../rows-file.ts';
import { environmentFiles } from '../generate/environment-files.ts';
import { draftEnvironments, renderMoves, type EnvironmentWishes } from './draft-environments.ts';
import { readModelSource, type ModelFiles } from './model-source.ts';
import { carryOut, planChanges, type FilesToWrite, type PlannedChanges } from './planned-changes.ts';
import { sampleServices } from './sample.ts';
import { renderSignature, type TriedModel, type TrialQuestions } from './try-model.ts';

/** What is to be adopted. */
export interface AdoptOptions extends Omit<EnvironmentWishes, 'names'> {
  readonly root: string;
  /** An ONNX file or a folder with one; undefined where the service keeps its model. */
  readonly model: string | undefined;
  /** Names in promotion order; undefined keeps those of the service, or makes the usual ones. */
  readonly environments: readonly string[] | undefined;
  /** A file with rows of the owner's. */
  readonly rows: string | undefined;
  readonly removesSample: boolean;
  readonly say: (line: string) => void;
  /** Runs the model in the server, and drafts its smoke cases. */
  readonly tryModel: (files: ModelFiles, questions: TrialQuestions) => Promise<TriedModel>;
  /** Asked before a file is replaced or a folder removed. */
  readonly confirm: (plan: PlannedChanges) => Promise<boolean>;
}

/** What was done. */
interface Adopted {
  readonly plan: PlannedChanges;
  /** The environments of the service, in promotion order. */
  readonly environments: readonly Environment[];
}

const USUAL_ENVIRONMENTS = ['dev', 'staging', 'production'];
const MODELS = 'server/models';
const NO_RELEASES = { $schema: '../release.schema.json', live: null, releases: {} };

/**
 * Tries a model in the server, and writes its folder and those of its environments.
 *
 * @returns undefined where the changes were declined
 * @throws UserError when the model or the wishes can't be taken; nothing is written then.
 */
export async function adopt(options: AdoptOptions): Promise<Adopted | undefined> {
  const { root, service, say } = options;
  const modelFiles = await readModelSource(options.model ?? (await ownModel(root, service)));
  const folders = await readEnvironmentFolders(root);
  const samples = options.removesSample ? sampleServices(root, folders).filter((name) => name !== service) : [];
  const kept = folders.filter(({ environment }) => !samples.includes(environment.service));
  const names = options.environments ?? environmentsOf(service, kept) ?? USUAL_ENVIRONMENTS;
  const files = Object.fromEntries(kept.map(({ environment: { name, ...file } }) => [name, file]));
  const drafted = draftEnvironments({ ...options, names }, files);
  const rows = options.rows === undefined ? [] : await readRowsFile(options.rows, 'review file');
  // Rows that are given make new cases, and no file stays for them.
  const before = rows.length > 0 ? new Map<string, SmokeFile>() : await smokeFilesOf(root, service, kept);

  say(`starting the model of ${service} in the server`);
  const tried = await options.tryModel(modelFiles, { rows, before });
  for (const line of renderTried(tried)) say(line);

  const environments = Object.entries(drafted).map(([name, file]) =>
    parseEnvironmentFile(name, { path: `environments/${name}/environment.json`, text: JSON.stringify(file) }),
  );
  const others = kept.map(({ environment }) => environment).filter(({ name }) => !Object.hasOwn(drafted, name));
  const generated = await environmentFiles(root, [...others, ...environments]);
  const wanted: FilesToWrite = new Map([
    ...[...modelFiles].map(([name, bytes]) => [`${MODELS}/${service}/${name}`, bytes] as const),
    ...(await environmentContents(root, environments, drafted, tried, kept)),
    ...generated.map(({ path: file, text }) => [file, Buffer.from(text)] as const),
  ]);
  const removed = [
    ...samples.map((name) => `${MODELS}/${name}`),
    ...folders
      .filter(({ environment }) => samples.includes(environment.service))
      .map(({ environment }) => `environments/${environment.name}`),
    ...(await staleData(root, service, modelFiles)),
  ];
  const plan = await planChanges(root, wanted, removed);
  for (const line of renderMoves(files, drafted)) say(`note:    ${line}`);
  if (plan.replaced.length + plan.removed.length > 0 && !(await options.confirm(plan))) return undefined;
  await carryOut(root, wanted, plan);
  return { plan, environments };
}

/** The names of a service's environments in promotion order; undefined where it has none. */
function environmentsOf(service: string, folders: readonly EnvironmentFolder[]): readonly string[] | undefined {
  const own = folders.map(({ environment }) => environment).filter((each) => each.service === service);
  const names = own.toSorted((a, b) => a.promotionOrder - b.promotionOrder).map(({ name }) => name);
  return names.length === 0 ? undefined : names;
}

/** @throws UsageError when the service has no model yet. */
async function ownModel(root: string, service: string): Promise<string> {
  const folder = path.join(root, MODELS, service);
  if (
    await stat(path.join(folder, 'model.onnx')).then(
      () => true,
      () => false,
    )
  )
    return folder;
  throw new UsageError({
    what: `There is no model for ${service} yet`,
    expected: '--model FILE with its ONNX file',
    found: 'no --model',
  });
}

/** The smoke files of the service's environments that can be read, by their paths. */
async function smokeFilesOf(
  root: string,
  service: string,
  folders: readonly EnvironmentFolder[],
): Promise<ReadonlyMap<string, SmokeFile>> {
  const own = folders.map(({ environment }) => environment).filter((each) => each.service === service);
  const found = await Promise.all(
    own.map(async (environment) => {
      const file = await readSmokeFile(root, environment).catch(() => undefined);
      return file === undefined ? [] : [[smokePath(environment), file] as const];
    }),
  );
  return new Map(found.flat());
}

function smokePath({ name, smoke }: Environment): string {
  return `environments/${name}/${smoke.cases}`;
}

/**
 * The hand-written files of the environments: a smoke file that passes stays, a further environment gets that of the last one
 * before it, and so does what a file says already.
 */
async function environmentContents(
  root: string,
  environments: readonly Environment[],
  drafted: Readonly<Record<string, unknown>>,
  { file, passing }: TriedModel,
  kept: readonly EnvironmentFolder[],
): Promise<readonly (readonly [string, Buffer])[]> {
  const model = environments.findLast((environment) => passing.includes(smokePath(environment)));
  const written = environments.map(async (environment) => {
    const { name } = environment;
    const before = kept.find((each) => each.environment.name === name)?.environment;
    const settings = `environments/${name}/environment.json`;
    const text = before === undefined ? undefined : await readFile(path.join(root, settings), 'utf8');
    const edited = before === undefined || text === undefined ? undefined : await withValues(text, before, environment);
    const files = new Map([[settings, edited === undefined ? await jsonFile(drafted[name]) : Buffer.from(edited)]]);
    if (before === undefined) files.set(`environments/${name}/release.json`, await jsonFile(NO_RELEASES));
    const smoke = smokePath(environment);
    const isFurther = before === undefined && model?.smoke.cases === environment.smoke.cases;
    if (isFurther) files.set(smoke, await readFile(path.join(root, smokePath(model))));
    else if (!passing.includes(smoke)) files.set(smoke, await jsonFile(file));
    return [...files];
  });
  return (await Promise.all(written)).flat();
}

/** A file with other numbers and texts at its first level, laid out as it was; undefined where more than those differ. */
async function withValues(text: string, before: Environment, wanted: Environment): Promise<string | undefined> {
  let edited = text;
  for (const [key, value] of Object.entries(wanted)) {
    if (isDeepStrictEqual(value, Reflect.get(before, key))) continue;
    edited = edited.replace(new RegExp(`("${key}"\\s*:\\s*)(?:"[^"]*"|\\d+)`), `$1${JSON.stringify(value)}`);
  }
  const file = { path: `environments/${wanted.name}/environment.json`, text: edited };
  const read = await attempt(() => parseEnvironmentFile(wanted.name, file));
  return isDeepStrictEqual(read.value, wanted) ? edited : undefined;
}

/**
 * What belonged to the model before and not to this one: its external data would stay in the image, its signature would name
 * the columns of another model, and its golden cases are answers of another model.
 */
async function staleData(root: string, service: string, files: ModelFiles): Promise<readonly string[]> {
  const folder = path.join(root, MODELS, service);
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  if (!names.includes('model.onnx')) return [];
  const isSame = files.get('model.onnx')?.equals(await readFile(path.join(folder, 'model.onnx'))) ?? false;
  return [
    ...externalFiles(path.join(folder, 'model.onnx')).keys(),
    ...(isSame ? [] : ['signature.json', 'golden.json']),
  ]
    .filter((name) => names.includes(name) && !files.has(name))
    .map((name) => `${MODELS}/${service}/${name}`);
}

/** A JSON file as the formatter of the repository writes it. */
async function jsonFile(value: unknown): Promise<Buffer> {
  return Buffer.from(await prettier.format(JSON.stringify(value), { parser: 'json', printWidth: 120 }));
}

function renderTried(tried: TriedModel): readonly string[] {
  const { file, noise, asked, described, notes, tellsTurned } = tried;
  const shown = file.cases.find(({ expect }) => expect.outputs !== undefined);
  const turned =
    tellsTurned === undefined
      ? 'no output can be turned, so they were not tried on a wrong model'
      : tellsTurned
        ? 'they fail on the same model with turned outputs, as they should'
        : 'they PASS on the same model with turned outputs: add a case that expects a value';
  return [
    ...renderSignature(described),
    ...(shown === undefined
      ? []
      : [`asked:   ${brief(shown.request.json ?? shown.request.text)}`, `answer:  ${brief(shown.expect.outputs)}`]),
    `smoke:   ${String(file.cases.length)} cases from ${String(asked)} answers, noise ${noise.toExponential(1)} of the largest value; ${turned}`,
    ...notes.map((note) => `note:    ${note}`),
  ];
}

function brief(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
