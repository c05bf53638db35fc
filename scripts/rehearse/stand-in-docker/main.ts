/**
 * Stands for `docker` where there is no container engine. It answers the command lines of build-image's docker adapter: it
 * assembles server and model of the checkout as layers without a base image, and pushes them. Everything else ends with
 * exit code 64.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { buildLayers } from './layers.ts';
import { pushImage } from './push.ts';

const [stateFolder = '', dependencies = '', ...argv] = process.argv.slice(2);
// The token of `docker login`, until `docker logout`.
const credentials = (registry: string): string => path.join(stateFolder, `${registry.replaceAll(/\W/g, '-')}.token`);

/** @returns the exit code */
async function run(): Promise<number> {
  const line = argv.join(' ');
  if (line === 'version --format {{.Server.Version}}') console.log('stand-in');
  else if (line === 'buildx inspect') console.log('Name:   stand-in\nDriver: docker');
  else if (argv[0] === 'login') await logIn();
  else if (argv[0] === 'logout') await rm(credentials(argv[1] ?? ''), { force: true });
  else if (line.startsWith('buildx build ')) await build();
  else {
    console.error(`the stand-in for docker does not support: docker ${line}`);
    return 64;
  }
  return 0;
}

async function logIn(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv.slice(1),
    options: { username: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
    allowPositionals: true,
  });
  const token = Buffer.from(`${values.username ?? ''}:${await text(process.stdin)}`).toString('base64');
  await writeFile(credentials(positionals[0] ?? ''), token, { mode: 0o600 });
}

async function build(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv.slice(2),
    options: {
      file: { type: 'string' },
      platform: { type: 'string', default: '' },
      network: { type: 'string' },
      'build-arg': { type: 'string', multiple: true, default: [] },
      provenance: { type: 'string' },
      sbom: { type: 'string' },
      output: { type: 'string', default: '' },
    },
    allowPositionals: true,
  });
  const pairs = (words: readonly string[]) =>
    new Map(words.map((word) => /^([^=]*)=(.*)$/.exec(word)?.slice(1) as [string, string]));
  const given = pairs(values['build-arg']);
  const [, registry = '', repository = '', tag = ''] =
    /^([^/]+)\/(.+):([^:]+)$/.exec(pairs(values.output.split(',')).get('name') ?? '') ?? [];
  const layers = await buildLayers({
    context: path.resolve(positionals[0] ?? '.'),
    dependencies,
    model: given.get('MODEL_IN_IMAGE') === 'false' ? undefined : given.get('MODEL'),
  });
  await pushImage({
    registry,
    repository,
    tag,
    token: await readFile(credentials(registry), 'utf8'),
    layers,
    platform: values.platform,
    revision: given.get('REVISION') ?? '',
    createdSeconds: Number(given.get('SOURCE_DATE_EPOCH')),
  });
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
