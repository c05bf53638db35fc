/**
 * Stands for `docker` where there is no container engine. It answers the command lines of the docker adapters: it assembles
 * server and model of the checkout as layers without a base image, and pushes them; it pulls such an image, and runs it as a
 * process that may do what the options leave to a container. Everything else ends with exit code 64.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { executeNode, removeContainer, startContainer, tailOfLog } from './container.ts';
import { buildLayers } from './layers.ts';
import { pullImage } from './pull.ts';
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
  else if (line.startsWith('pull --quiet ') && argv.length === 3) await pull(argv[2] ?? '');
  else if (line.startsWith('run --detach ') && argv.at(-1) === 'serve') await start();
  else if (line.startsWith('exec --interactive ') && argv[3] === 'node')
    return await executeNode(stateFolder, argv[2] ?? '', argv.slice(4));
  else if (line.startsWith('logs --tail ') && argv.length === 4)
    console.log(await tailOfLog(stateFolder, argv[3] ?? '', Number(argv[2])));
  else if (line.startsWith('rm --force --volumes ') && argv.length === 4)
    await removeContainer(stateFolder, argv[3] ?? '');
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

async function pull(image: string): Promise<void> {
  const [, registry = '', repository = '', digest = ''] = /^([^/]+)\/(.+)@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  const token = await readFile(credentials(registry), 'utf8');
  await pullImage(stateFolder, { registry, token }, { repository, digest });
  console.log(image);
}

async function start(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv.slice(1),
    options: {
      detach: { type: 'boolean' },
      pull: { type: 'string' },
      name: { type: 'string', default: '' },
      network: { type: 'string' },
      'read-only': { type: 'boolean' },
      tmpfs: { type: 'string' },
      volume: { type: 'string' },
      env: { type: 'string', multiple: true, default: [] },
    },
    allowPositionals: true,
  });
  const [image = '', ...command] = positionals;
  const isolation = [values.pull, values.network, values['read-only'], values.tmpfs, command.join(' ')];
  if (isolation.join(' ') !== 'never none true /tmp serve') throw new Error(`not supported: docker ${argv.join(' ')}`);
  await startContainer(stateFolder, {
    name: values.name,
    digest: image.slice(image.indexOf('@') + 1),
    environment: Object.fromEntries(pairs(values.env)),
    modelFolder: values.volume?.replace(/:\/opt\/ml\/model:ro$/, ''),
  });
  console.log(values.name);
}

function pairs(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(words.map((word) => /^([^=]*)=([^]*)$/.exec(word)?.slice(1) as [string, string]));
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
