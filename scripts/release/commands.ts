import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../replace-file.ts';
import {
  readEnvironmentFolder,
  type EnvironmentFolder,
} from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { oneOf, UserError } from '../../actions/lib/domain/errors/user-error.ts';
import {
  liveRelease,
  parseReleaseFile,
  releaseFileSchema,
  type Release,
  type ReleaseFile,
  type ReleaseSpec,
} from '../../actions/lib/domain/release/release.ts';
import { addRelease, renderReleaseFile, retainReleases, setLive } from '../../actions/lib/domain/release/edit.ts';
import { releaseSettingsOf, type ReleaseSettings } from '../../actions/lib/domain/release/settings.ts';
import { parseCommandLine, parseOption, parseWholeNumber, UsageError } from '../command-line.ts';

/** How the commands are used. */
export const USAGE = `Writes environments/ENV/release.json, so that nobody hashes by hand.

  npm run release -- add ENV --commit SHA [--image REPOSITORY@sha256:DIGEST] [--instance-type TYPE] [--instance-count N]
                     [--env KEY=VALUE …] [--unset-env KEY …] [--model-uri s3://BUCKET/PREFIX/ --model-digest sha256:DIGEST]
                     [--startup-timeout SECONDS]
      adds a release and makes it live; what is not given is taken from the live release, or for the first one by default:
      2 instances of ml.m5.large, an empty container environment, 300 s to start, the model in the image
  npm run release -- promote FROM TO
      adds to TO the artifact (image, model, commit) that is live in FROM; both are environments of one service
  npm run release -- live ENV ID
      makes a listed release the live one: the one-line diff of a rollback
  npm run release -- prune ENV
      drops the oldest releases beyond the environment's retainReleases, never the live one
  npm run release -- show ENV
      lists the releases with their settings, newest first

Every command takes --root DIR (default: the current folder).`;

const SHARED = { root: { type: 'string', default: '.' }, help: { type: 'boolean', default: false } } as const;
const ADD = {
  ...SHARED,
  image: { type: 'string' },
  commit: { type: 'string' },
  'instance-type': { type: 'string' },
  'instance-count': { type: 'string' },
  env: { type: 'string', multiple: true },
  'unset-env': { type: 'string', multiple: true },
  'model-uri': { type: 'string' },
  'model-digest': { type: 'string' },
  'startup-timeout': { type: 'string' },
} as const;

type AddValues = ReturnType<typeof parseCommandLine<typeof ADD>>['values'];

/** Says which command takes an option that another one was given. */
function explain(option: string): string | undefined {
  return Object.hasOwn(ADD, option) ? '`npm run release -- add` takes it' : undefined;
}

/** What the containers of a first release get where nobody says otherwise. */
const FIRST = { instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 } as const;

const { spec: specSchema, source: sourceSchema } = releaseFileSchema.shape.releases.valueType.shape;
const modelSchema = specSchema.shape.model.unwrap();

/** The options that are texts, each with what it has to be. */
const TEXTS = {
  image: specSchema.shape.image,
  commit: sourceSchema.shape.commit,
  'instance-type': specSchema.shape.instanceType,
  'model-uri': modelSchema.shape.uri,
  'model-digest': modelSchema.shape.digest,
} as const;

/** @throws UsageError that names the option which can't be taken. */
function checkTexts(values: AddValues): void {
  for (const [name, schema] of Object.entries(TEXTS)) {
    const text = values[name as keyof typeof TEXTS];
    if (text !== undefined) parseOption(`--${name}`, text, schema);
  }
}

async function add(environment: string, values: AddValues): Promise<string> {
  checkTexts(values);
  const { releaseFile: file, environment: target } = await readEnvironmentFolder(values.root, environment);
  const live = liveRelease(file);
  const image = values.image ?? live?.spec.image;
  if (image === undefined || values.commit === undefined) {
    throw new UsageError({
      what: 'A release needs an image and the commit it was built from',
      expected: '--image REPOSITORY@sha256:DIGEST and --commit SHA',
      found: `${image === undefined ? 'no image' : `the image ${image}`}, ${values.commit === undefined ? 'no --commit' : `--commit ${values.commit}`}`,
      remedy: 'Take both from the summary of the release workflow.',
    });
  }
  const before = live?.spec ?? FIRST;
  const spec: ReleaseSpec = {
    image,
    model: modelOf(values, live?.spec.model ?? null),
    instanceType: values['instance-type'] ?? before.instanceType,
    instanceCount: numberOf('--instance-count', values['instance-count'], 1) ?? before.instanceCount,
    environment: containerEnvironment(before.environment, values),
    startupTimeoutSeconds:
      numberOf('--startup-timeout', values['startup-timeout'], 60, 3600) ?? before.startupTimeoutSeconds,
    settings: releaseSettingsOf(target),
  };
  // The same image has the same model in it.
  const isSameModel = live !== undefined && image === live.spec.image && spec.model === null;
  const source = {
    ...{ commit: values.commit, createdAt: now(), promotedFrom: null },
    ...(isSameModel ? modelDigestOf(live) : {}),
  };
  const { file: after, id, added } = addRelease(file, spec, source);
  const { commit } = after.releases[id]?.source ?? source;
  if (commit !== values.commit) {
    throw new UserError({
      what: `Release ${id} of ${environment} was added with another commit`,
      where: `${releasePath(environment)} at releases["${id}"].source.commit`,
      expected: `--commit ${commit}`,
      found: `--commit ${values.commit}`,
      remedy: `Give that commit, or make the entry live as it is: npm run release -- live ${environment} ${id}`,
    });
  }
  await writeReleases(values.root, environment, after);
  const given = {
    image: values.image,
    model: values['model-uri'],
    instanceType: values['instance-type'],
    instanceCount: values['instance-count'],
    environment: values.env ?? values['unset-env'],
    startupTimeoutSeconds: values['startup-timeout'],
  };
  const origin = live === undefined ? 'the default' : `from ${live.id}`;
  return [
    `${environment}: release ${id} ${added ? 'added' : 'was there already'} and is live`,
    ...describeSpec(spec).map(({ field, text }) => {
      const how =
        field === 'settings'
          ? 'from environment.json'
          : given[field] === undefined
            ? origin
            : field === 'environment' && live !== undefined
              ? `given, added to ${live.id}`
              : 'given';
      return `  ${field}: ${text} (${how})`;
    }),
  ].join('\n');
}

function describeSpec(spec: ReleaseSpec): readonly { readonly field: keyof ReleaseSpec; readonly text: string }[] {
  const pairs = Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`);
  return [
    { field: 'image', text: spec.image },
    { field: 'model', text: spec.model === null ? 'in the image' : `${spec.model.uri} ${spec.model.digest}` },
    { field: 'instanceType', text: spec.instanceType },
    { field: 'instanceCount', text: String(spec.instanceCount) },
    { field: 'environment', text: pairs.length === 0 ? 'empty' : pairs.join(' ') },
    { field: 'startupTimeoutSeconds', text: String(spec.startupTimeoutSeconds) },
    { field: 'settings', text: spec.settings === undefined ? 'none: an older entry' : describeSettings(spec.settings) },
  ];
}

function describeSettings({ network, networkIsolation, kmsKeyArn, dataCapture }: ReleaseSettings): string {
  return [
    network === null ? 'no network of its own' : `network ${network.subnetIds.join(' ')}`,
    networkIsolation ? 'isolated' : 'not isolated',
    kmsKeyArn === null ? 'the key of the environment' : `key ${kmsKeyArn}`,
    dataCapture === null ? 'no data capture' : `${String(dataCapture.samplingPercentage)} % captured`,
  ].join(', ');
}

async function promote(from: string, to: string, root: string): Promise<string> {
  const [origin, target] = await Promise.all([readEnvironmentFolder(root, from), readEnvironmentFolder(root, to)]);
  checkPromotion(origin, target);
  const live = liveRelease(origin.releaseFile);
  if (live === undefined) {
    throw new UserError({
      what: `${from} has no live release to promote`,
      where: releasePath(from),
      expected: 'a "live" release',
      found: 'null',
      remedy: `Deploy a release to ${from} first.`,
    });
  }
  const runs = liveRelease(target.releaseFile)?.spec ?? live.spec;
  const spec = {
    ...{ ...runs, image: live.spec.image, model: live.spec.model },
    settings: releaseSettingsOf(target.environment),
  };
  const source = { commit: live.source.commit, createdAt: now(), promotedFrom: from, ...modelDigestOf(live) };
  const { file: after, id, added } = addRelease(target.releaseFile, spec, source);
  await writeReleases(root, to, after);
  return `${to}: release ${id} ${added ? 'added' : 'was there already'} and is live (promoted from ${from} ${live.id})`;
}

/** What the entry of a release says of the model in its image, for another entry of that image. */
function modelDigestOf({ source: { modelDigest } }: Release): { readonly modelDigest?: string } {
  return modelDigest === undefined ? {} : { modelDigest };
}

/** @throws UserError where the two are one environment, or belong to different services. */
function checkPromotion({ environment: from }: EnvironmentFolder, { environment: to }: EnvironmentFolder): void {
  if (from.name === to.name) {
    throw new UsageError({
      what: `${from.name} cannot be promoted to itself`,
      expected: 'two environments',
      found: from.name,
    });
  }
  if (from.service === to.service) return;
  throw new UserError({
    what: `${from.name} and ${to.name} are of different services`,
    where: `environments/${to.name}/environment.json at service`,
    expected: `${from.service}, the service of ${from.name}`,
    found: to.service,
    remedy: 'Promote within one service: an image answers for the model of its own service alone.',
  });
}

async function live(environment: string, id: string, root: string): Promise<string> {
  const { releaseFile: file } = await readEnvironmentFolder(root, environment);
  await writeReleases(root, environment, setLive(file, id, releasePath(environment)));
  return `${environment}: ${id} is live (it was ${file.live ?? 'none'})`;
}

async function prune(environment: string, root: string): Promise<string> {
  const folder = await readEnvironmentFolder(root, environment);
  const { file, dropped } = retainReleases(folder.releaseFile, folder.environment.retainReleases, () => false);
  await writeReleases(root, environment, file);
  return `${environment}: ${dropped.length === 0 ? 'nothing to drop' : `dropped ${dropped.join(', ')}`}`;
}

async function show(environment: string, root: string): Promise<string> {
  const { releaseFile: file } = await readEnvironmentFolder(root, environment);
  const releases = Object.entries(file.releases)
    .sort(([, a], [, b]) => Date.parse(b.source.createdAt) - Date.parse(a.source.createdAt))
    .map(([id, { spec, source }]) =>
      [
        `${id === file.live ? '* ' : '  '}${id}  ${source.createdAt}${id === file.live ? '  live' : ''}`,
        `    commit: ${source.commit}${source.promotedFrom === null ? '' : `, promoted from ${source.promotedFrom}`}`,
        ...describeSpec(spec).map(({ field, text }) => `    ${field}: ${text}`),
      ].join('\n'),
    );
  return releases.length === 0 ? `${environment}: no releases` : releases.join('\n\n');
}

function modelOf(values: AddValues, before: { uri: string; digest: string } | null): typeof before {
  const { 'model-uri': uri, 'model-digest': digest } = values;
  if (uri === undefined && digest === undefined) return before;
  if (uri !== undefined && digest !== undefined) return { uri, digest };
  throw new UsageError({
    what: 'A model needs both its place and its digest',
    expected: '--model-uri and --model-digest together',
    found: uri === undefined ? 'only --model-digest' : 'only --model-uri',
    remedy: 'Give both, or none to keep the model of the live release.',
  });
}

/** The entries of the release before, without those of --unset-env, and with those of --env. */
function containerEnvironment(
  before: Readonly<Record<string, string>>,
  { env = [], 'unset-env': unset = [] }: AddValues,
): Record<string, string> {
  const keys = Object.keys(before);
  const unknown = unset.find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new UsageError({
      what: '--unset-env names no key of the live release',
      expected: oneOf(keys, 'no --unset-env: its container environment is empty'),
      found: unknown,
    });
  }
  const kept = Object.entries(before).filter(([key]) => !unset.includes(key));
  const all = { ...Object.fromEntries(kept), ...parsePairs(env) };
  return parseOption('--env', `${String(Object.keys(all).length)} entries`, specSchema.shape.environment, all);
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  const keys = pairs.map((pair) => pair.split('=', 1)[0] ?? '');
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    throw new UsageError({ what: '--env has a key twice', expected: 'each key once', found: twice });
  }
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
      // zod passes over a key of this name.
      if (at > 0 && key !== '__proto__') {
        parseOption('--env', pair, specSchema.shape.environment, { [key]: value });
        return [key, value] as const;
      }
      throw new UsageError({
        what: 'A container environment entry is not KEY=VALUE',
        expected: '--env KEY=VALUE',
        found: pair,
        remedy: 'Write the key, an equals sign and the value.',
      });
    }),
  );
}

function numberOf(option: string, text: string | undefined, least: number, most?: number): number | undefined {
  return text === undefined ? undefined : parseWholeNumber(option, text, least, most);
}

function releasePath(environment: string): string {
  return `environments/${environment}/release.json`;
}

async function writeReleases(root: string, environment: string, file: ReleaseFile): Promise<void> {
  const text = renderReleaseFile(file);
  // What this command writes has to pass the same parser as what a person writes: it refuses before it saves.
  parseReleaseFile({ path: releasePath(environment), text });
  const target = path.join(root, releasePath(environment));
  if ((await readFile(target, 'utf8')) !== text) await replaceFile(target, text);
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** The commands, each with its own options. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<string>>> = {
  add: async (args) => {
    const { values, positionals } = parseCommandLine({ options: ADD, arguments: ['ENV'] }, args);
    const [environment = ''] = positionals;
    return await add(environment, values);
  },
  promote: async (args) => {
    const { values, positionals } = parseCommandLine({ options: SHARED, arguments: ['FROM', 'TO'], explain }, args);
    const [from = '', to = ''] = positionals;
    return await promote(from, to, values.root);
  },
  live: async (args) => {
    const { values, positionals } = parseCommandLine({ options: SHARED, arguments: ['ENV', 'ID'], explain }, args);
    const [environment = '', id = ''] = positionals;
    return await live(environment, id, values.root);
  },
  prune: async (args) => {
    const { values, positionals } = parseCommandLine({ options: SHARED, arguments: ['ENV'], explain }, args);
    const [environment = ''] = positionals;
    return await prune(environment, values.root);
  },
  show: async (args) => {
    const { values, positionals } = parseCommandLine({ options: SHARED, arguments: ['ENV'], explain }, args);
    const [environment = ''] = positionals;
    return await show(environment, values.root);
  },
};

/**
 * Runs one of the commands.
 *
 * @param args the command, its arguments and its options
 * @returns what it prints
 * @throws UserError when the command line is not valid, or the files don't allow it.
 */
export async function runRelease(args: readonly string[]): Promise<string> {
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command(rest);
  throw new UsageError({
    what: name.startsWith('-') ? 'The command comes first, before its options' : `There is no command "${name}"`,
    expected: `one of ${Object.keys(COMMANDS).join(', ')}`,
    found: name,
  });
}
