import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironmentFolder } from '../../actions/lib/adapters/environment-folder.ts';
import { describeError, UserError } from '../../actions/lib/domain/errors.ts';
import { liveRelease, parseReleaseFile, type ReleaseFile } from '../../actions/lib/domain/release.ts';
import { addRelease, renderReleaseFile, retainReleases, setLive } from '../../actions/lib/domain/release-edit.ts';

const USAGE = `Writes environments/ENV/release.json, so that nobody hashes by hand.

  npm run release -- add ENV --image REPO@sha256:DIGEST --commit SHA [--instance-type TYPE] [--instance-count N]
                     [--env KEY=VALUE …] [--unset-env KEY …] [--model-uri s3://BUCKET/PREFIX/ --model-digest sha256:DIGEST]
                     [--startup-timeout SECONDS]
      adds a release and makes it live; what is not given is taken from the live release
  npm run release -- promote FROM TO
      adds to TO the artifact (image, model, commit) that is live in FROM
  npm run release -- live ENV ID
      makes a listed release the live one: the one-line diff of a rollback
  npm run release -- prune ENV
      drops the oldest releases beyond the environment's retainReleases, never the live one
  npm run release -- show ENV
      lists the releases, newest first

Every command takes --root DIR (default: the current folder).`;

const OPTIONS = {
  root: { type: 'string', default: '.' },
  image: { type: 'string' },
  commit: { type: 'string' },
  'instance-type': { type: 'string' },
  'instance-count': { type: 'string' },
  env: { type: 'string', multiple: true },
  'unset-env': { type: 'string', multiple: true },
  'model-uri': { type: 'string' },
  'model-digest': { type: 'string' },
  'startup-timeout': { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseCommandLine>['values'];

function parseCommandLine(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw new UserError({
      what: cause instanceof Error ? cause.message : String(cause),
      remedy: 'See `npm run release -- --help`.',
      cause,
    });
  }
}

/** What the containers of a first release get where nobody says otherwise. */
const FIRST = { instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 } as const;

async function add(environment: string, values: Values): Promise<string> {
  const file = await readReleases(values.root, environment);
  const before = liveRelease(file)?.spec;
  const image = values.image ?? before?.image;
  if (image === undefined || values.commit === undefined) {
    throw new UserError({
      what: 'A release needs an image and the commit it was built from',
      expected: '--image REPO@sha256:DIGEST and --commit SHA',
      found: `--image ${image ?? '(none)'} --commit ${values.commit ?? '(none)'}`,
      remedy: 'Take both from the summary of the release workflow.',
    });
  }
  const spec = {
    image,
    model: modelOf(values, before?.model ?? null),
    instanceType: values['instance-type'] ?? before?.instanceType ?? FIRST.instanceType,
    instanceCount:
      numberOf(values['instance-count'], '--instance-count') ?? before?.instanceCount ?? FIRST.instanceCount,
    environment: withoutKeys(
      { ...(before?.environment ?? FIRST.environment), ...parsePairs(values.env ?? []) },
      values['unset-env'],
    ),
    startupTimeoutSeconds:
      numberOf(values['startup-timeout'], '--startup-timeout') ??
      before?.startupTimeoutSeconds ??
      FIRST.startupTimeoutSeconds,
  };
  const {
    file: after,
    id,
    added,
  } = addRelease(file, spec, { commit: values.commit, createdAt: now(), promotedFrom: null });
  await writeReleases(values.root, environment, after);
  return `${environment}: release ${id} ${added ? 'added' : 'was there already'} and is live`;
}

async function promote(from: string, to: string, values: Values): Promise<string> {
  const origin = liveRelease(await readReleases(values.root, from));
  if (origin === undefined) {
    throw new UserError({
      what: `${from} has no live release to promote`,
      where: releasePath(from),
      expected: 'a "live" release',
      found: 'null',
      remedy: `Deploy a release to ${from} first.`,
    });
  }
  const file = await readReleases(values.root, to);
  const runs = liveRelease(file)?.spec ?? origin.spec;
  const spec = { ...runs, image: origin.spec.image, model: origin.spec.model };
  const source = { commit: origin.source.commit, createdAt: now(), promotedFrom: from };
  const { file: after, id, added } = addRelease(file, spec, source);
  await writeReleases(values.root, to, after);
  return `${to}: release ${id} ${added ? 'added' : 'was there already'} and is live (promoted from ${from} ${origin.id})`;
}

async function live(environment: string, id: string, values: Values): Promise<string> {
  const file = await readReleases(values.root, environment);
  await writeReleases(values.root, environment, setLive(file, id, releasePath(environment)));
  return `${environment}: ${id} is live (it was ${file.live ?? 'none'})`;
}

async function prune(environment: string, values: Values): Promise<string> {
  const folder = await readEnvironmentFolder(values.root, environment);
  const { file, dropped } = retainReleases(folder.releaseFile, folder.environment.retainReleases, () => false);
  await writeReleases(values.root, environment, file);
  return `${environment}: ${dropped.length === 0 ? 'nothing to drop' : `dropped ${dropped.join(', ')}`}`;
}

async function show(environment: string, values: Values): Promise<string> {
  const file = await readReleases(values.root, environment);
  const rows = Object.entries(file.releases)
    .sort(([, a], [, b]) => Date.parse(b.source.createdAt) - Date.parse(a.source.createdAt))
    .map(
      ([id, { spec, source }]) =>
        `${id === file.live ? '* ' : '  '}${id}  ${source.createdAt}  ${source.commit.slice(0, 12)}  ${spec.instanceType} x ${spec.instanceCount}  ${spec.image.slice(-71)}`,
    );
  return rows.length === 0 ? `${environment}: no releases` : rows.join('\n');
}

function modelOf(values: Values, before: { uri: string; digest: string } | null): typeof before {
  const { 'model-uri': uri, 'model-digest': digest } = values;
  if (uri === undefined && digest === undefined) return before;
  if (uri !== undefined && digest !== undefined) return { uri, digest };
  throw new UserError({
    what: 'A model needs both its place and its digest',
    expected: '--model-uri and --model-digest together',
    found: uri === undefined ? 'only --model-digest' : 'only --model-uri',
    remedy: 'Give both, or none to keep the model of the live release.',
  });
}

function withoutKeys(entries: Record<string, string>, keys: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([key]) => !keys.includes(key)));
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)] as const;
      throw new UserError({
        what: 'A container environment entry is not KEY=VALUE',
        expected: '--env KEY=VALUE',
        found: pair,
        remedy: 'Write the key, an equals sign and the value.',
      });
    }),
  );
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new UserError({
    what: `${option} is not a whole number`,
    expected: 'digits',
    found: text,
    remedy: 'Correct it.',
  });
}

function releasePath(environment: string): string {
  return `environments/${environment}/release.json`;
}

async function readReleases(root: string, environment: string): Promise<ReleaseFile> {
  return (await readEnvironmentFolder(root, environment)).releaseFile;
}

async function writeReleases(root: string, environment: string, file: ReleaseFile): Promise<void> {
  const text = renderReleaseFile(file);
  // What this command writes has to pass the same parser as what a person writes: it refuses before it saves.
  parseReleaseFile({ path: releasePath(environment), text });
  const target = path.join(root, releasePath(environment));
  if ((await readFile(target, 'utf8')) !== text) await writeFile(target, text);
}

function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseCommandLine();
  const [command, first, second, ...rest] = positionals;
  if (values.help === true || command === undefined) {
    console.log(USAGE);
  } else if (command === 'add' && first !== undefined && second === undefined) {
    console.log(await add(first, values));
  } else if (command === 'promote' && first !== undefined && second !== undefined && rest.length === 0) {
    console.log(await promote(first, second, values));
  } else if (command === 'live' && first !== undefined && second !== undefined && rest.length === 0) {
    console.log(await live(first, second, values));
  } else if (command === 'prune' && first !== undefined && second === undefined) {
    console.log(await prune(first, values));
  } else if (command === 'show' && first !== undefined && second === undefined) {
    console.log(await show(first, values));
  } else {
    throw new UserError({
      what: 'This is not a command',
      found: positionals.join(' '),
      remedy: 'See `npm run release -- --help`.',
    });
  }
}

try {
  await main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
