import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startLocalAws, type LocalAws, type LocalAwsOptions } from './index.ts';

const USAGE =
  'usage: local-aws [--port N] [--account ID] [--region NAME] [--moto URL] [--acceleration N] [--launcher auto|container|process] [--logs DIR]\n' +
  '       [--launch-seconds N] [--first-launch whole-fleet|canary]\n' +
  '       local-aws push FOLDER REPOSITORY:TAG [--entrypoint COMMAND]';

const OPTIONS = {
  port: { type: 'string', default: '4566' },
  account: { type: 'string', default: '123456789012' },
  region: { type: 'string', default: 'eu-central-1' },
  moto: { type: 'string' },
  acceleration: { type: 'string', default: '1' },
  logs: { type: 'string' },
  launcher: { type: 'string', default: 'auto' },
  'launch-seconds': { type: 'string', default: '0' },
  'first-launch': { type: 'string', default: 'whole-fleet' },
} as const;

const schema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/),
  moto: z.url().optional(),
  acceleration: z.coerce.number().min(1),
  logs: z.string().optional(),
  launcher: z.enum(['auto', 'container', 'process']),
  'launch-seconds': z.coerce.number().min(0),
  'first-launch': z.enum(['whole-fleet', 'canary']),
});

/** What each option expects. */
const EXPECTED: Readonly<Record<string, string>> = {
  port: 'a whole number from 0 to 65535',
  account: 'an account id of 12 digits',
  region: 'a region such as eu-central-1',
  moto: 'a URL',
  acceleration: 'a number from 1',
  launcher: 'auto, container or process',
  'launch-seconds': 'a number of seconds',
  'first-launch': 'whole-fleet or canary',
};

/** Starts the local AWS and prints the environment variables of its clients; SIGINT and SIGTERM stop it. */
export async function start(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    console.log(USAGE);
    return;
  }
  const { port, account, region, moto, acceleration, logs, launcher, ...emulation } = parseOptions(argv);
  const logDirectory = logs ?? mkdtempSync(join(tmpdir(), 'local-aws-logs-'));
  makeFolder(logDirectory);
  const aws = await listen({
    logDirectory,
    accountId: account,
    region,
    port,
    acceleration,
    launcher,
    launchSeconds: emulation['launch-seconds'],
    firstLaunch: emulation['first-launch'],
    ...(moto !== undefined && { motoUrl: moto }),
    onLog: (line) => console.error(`${new Date().toISOString()} ${line}`),
  });
  for (const [name, value] of Object.entries(aws.environment)) console.log(`export ${name}=${value}`);
  console.error(
    `The local AWS listens on ${aws.url}; instances run as ${aws.launcherKind}, logs are in ${logDirectory}.`,
  );
  console.error('Ctrl-C stops it and its instances.');

  let isClosing = false;
  const close = () => {
    if (isClosing) process.exit(130);
    isClosing = true;
    void aws.close().then(() => process.exit(0));
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}

function parseOptions(argv: readonly string[]): z.output<typeof schema> {
  let values: unknown;
  try {
    values = parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch {
    refuse([`expected the options ${Object.keys(OPTIONS).join(', ')}, each with a value, found ${argv.join(' ')}`]);
  }
  const flags = schema.safeParse(values);
  if (flags.success) return flags.data;
  const names = new Set(flags.error.issues.map(({ path }) => String(path[0])));
  return refuse([...names].map((name) => `--${name} must be ${EXPECTED[name] ?? 'another value'}`));
}

function refuse(problems: readonly string[]): never {
  console.error(`local-aws cannot start: ${problems.join('; ')}.\n${USAGE}`);
  process.exit(2);
}

function makeFolder(logDirectory: string): void {
  try {
    mkdirSync(logDirectory, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    refuse([`--logs must be a folder that can be made: ${reason}`]);
  }
}

async function listen(options: LocalAwsOptions): Promise<LocalAws> {
  try {
    return await startLocalAws(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`local-aws cannot listen on port ${options.port ?? 0}: ${reason}. Choose another with --port.`);
    process.exit(1);
  }
}
