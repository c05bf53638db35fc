import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { z } from 'zod';
import {
  describeError,
  oneOf,
  reasonOfSystemError,
  UserError,
  type UserErrorParts,
} from '../actions/lib/domain/errors/user-error.ts';
import { wordsOfIssue } from '../actions/lib/domain/json/schema-words.ts';

/** A command line that says something else than the command takes. */
export class UsageError extends UserError {
  constructor(parts: Omit<UserErrorParts, 'remedy'> & { readonly remedy?: string }) {
    super({ remedy: 'Correct the command line.', ...parts });
    this.name = 'UsageError';
  }
}

/** A command that a signal ended before its work was done; `cause` is the failure that it ended with, if any. */
export class InterruptedError extends UserError {
  /** Such as `SIGINT`. */
  readonly by: string;

  constructor(by: string, cause?: unknown) {
    super({
      what: `The run was interrupted by ${by}`,
      remedy: 'Run the command again; it continues from what is there.',
      cause,
    });
    this.name = 'InterruptedError';
    this.by = by;
  }
}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

/** What a command takes. */
export interface CommandLineShape<Options extends OptionsConfig> {
  readonly options: Options;
  /** Names of the arguments in their order; the last one may end in `…` and then takes any number, none included. */
  readonly arguments?: readonly string[];
  /** Options beside --root that are paths: those of the folder in which the command was typed. */
  readonly paths?: readonly string[];
  /** More about an option that the command doesn't take, such as which other one does. */
  readonly explain?: (option: string) => string | undefined;
}

type Parsed<Options extends OptionsConfig> = ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>>;

/**
 * The options and arguments of a command line.
 *
 * @throws UsageError that names the option or argument, what was expected and what was found.
 */
export function parseCommandLine<const Options extends OptionsConfig>(
  shape: CommandLineShape<Options>,
  args: readonly string[] = process.argv.slice(2),
): Parsed<Options> {
  const config = { args: [...args], options: shape.options, allowPositionals: true } as const satisfies ParseArgsConfig;
  checkOptions(shape, args);
  const parsed = parseArgs<{ options: Options; allowPositionals: true }>(config);
  checkArguments(shape.arguments ?? [], parsed.positionals);
  resolvePaths(['root', ...(shape.paths ?? [])], parsed.values, args);
  const root: unknown = Reflect.get(parsed.values, 'root');
  if (typeof root === 'string') checkFolder('--root', root);
  return parsed;
}

function checkOptions(shape: CommandLineShape<OptionsConfig>, args: readonly string[]): void {
  const { tokens } = parseArgs({
    args: [...args],
    options: shape.options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(shape.options, token.name) ? shape.options[token.name] : undefined;
    if (option === undefined) {
      const names = Object.keys(shape.options).map((name) => `--${name}`);
      throw new UsageError({
        what: `There is no option ${token.rawName} here${suffix(shape.explain?.(token.name))}`,
        expected: oneOf(names, 'no option'),
        found: token.rawName,
      });
    }
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new UsageError({
        what: `The option ${token.rawName} takes no value`,
        expected: token.rawName,
        found: `${token.rawName}=${token.value}`,
      });
    }
    if (
      option.type === 'string' &&
      (token.value === undefined || (!token.inlineValue && token.value.startsWith('-')))
    ) {
      throw new UsageError({
        what: `The option ${token.rawName} needs a value`,
        expected: `${token.rawName} VALUE, or ${token.rawName}=VALUE where the value starts with a hyphen`,
        found: token.value ?? 'nothing after it',
      });
    }
  }
}

/** Takes the given ones of some options from where the command was typed; their defaults are of its own folder. */
function resolvePaths(names: readonly string[], values: object, args: readonly string[]): void {
  const folder = folderOfCommand();
  if (folder === undefined) return;
  for (const name of names) {
    const value: unknown = Reflect.get(values, name);
    const isGiven = args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    if (typeof value === 'string' && isGiven) Reflect.set(values, name, path.resolve(folder, value));
  }
}

/** Where the command was typed, if that is another folder: npm runs a script in the folder of its package.json. */
function folderOfCommand(): string | undefined {
  const { INIT_CWD, npm_package_json } = process.env;
  if (INIT_CWD === undefined || npm_package_json === undefined) return undefined;
  // In a process that a script of npm's started in a folder of its own they say nothing.
  return path.dirname(npm_package_json) === process.cwd() && INIT_CWD !== process.cwd() ? INIT_CWD : undefined;
}

/**
 * A command in a folder that does not exist finds nothing, or makes everything.
 *
 * @throws UsageError when an option names no folder.
 */
export function checkFolder(option: string, folder: string): void {
  if (isFolder(folder)) return;
  throw new UsageError({ what: `${option} is no folder`, expected: 'the folder of a repository', found: folder });
}

/** @throws UsageError when an option names a folder that holds no copy of this repository. */
export function checkRepository(option: string, folder: string): void {
  if (isFolder(path.join(folder, 'environments'))) return;
  throw new UsageError({
    what: `${option} is no repository of this product`,
    expected: 'a checkout with the folder environments/',
    found: folder,
  });
}

/**
 * Asked before the work, whose result is lost where it can't be written.
 *
 * @throws UsageError when an option names no file that can be written.
 */
export function checkOutput(option: string, file: string): void {
  const folder = path.dirname(path.resolve(file));
  const found = problemOfOutput(file, folder);
  if (found === undefined) return;
  throw new UsageError({ what: `${option} cannot be written`, expected: 'a file in a folder that is there', found });
}

function problemOfOutput(file: string, folder: string): string | undefined {
  if (isFolder(file)) return `a folder: ${file}`;
  if (!isFolder(folder)) return `no folder: ${folder}`;
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return reasonOfSystemError(error) ?? String(error);
  }
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
}

function checkArguments(names: readonly string[], found: readonly string[]): void {
  const isOpen = names.at(-1)?.endsWith('…') === true;
  const required = isOpen ? names.length - 1 : names.length;
  const missing = names.slice(found.length, required);
  if (missing.length > 0) {
    throw new UsageError({
      what: `${missing.length === 1 ? 'An argument is' : 'Arguments are'} missing: ${missing.join(', ')}`,
      expected: names.join(' '),
      found: found.join(' ') || 'no argument',
    });
  }
  if (!isOpen && found.length > names.length) {
    throw new UsageError({
      what: `There are too many arguments: ${found.slice(names.length).join(' ')}`,
      expected: names.join(' ') || 'no argument',
      found: found.join(' '),
    });
  }
}

function suffix(text: string | undefined): string {
  return text === undefined ? '' : `: ${text}`;
}

/**
 * The number that an option gives.
 *
 * @throws UsageError when it isn't a whole number from `least` to `most`.
 */
export function parseWholeNumber(option: string, text: string, least: number, most = 2 ** 31): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError({
    what: `${option} is not a whole number in its range`,
    expected: `a whole number from ${String(least)} to ${String(most)}`,
    found: text === '' ? 'an empty text' : text,
  });
}

/**
 * What an option gives, as a schema takes it.
 *
 * @param value what the schema is given, where it is another one than the text
 * @throws UsageError when it doesn't take it.
 */
export function parseOption<Value>(
  option: string,
  text: string,
  schema: z.ZodType<Value>,
  value: unknown = text,
): Value {
  const { data, error } = schema.safeParse(value, { error: wordsOfIssue });
  if (error === undefined) return data;
  throw new UsageError({
    what: `${option} is not valid`,
    expected: error.issues[0]?.message ?? 'another value',
    found: text === '' ? 'an empty text' : text,
  });
}

/**
 * One of the words that an option knows.
 *
 * @throws UsageError when it is none of them.
 */
export function parseChoice<const Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new UsageError({ what: `${option} is unknown`, expected: `one of ${words.join(', ')}`, found: text });
}

/**
 * Runs the command of a script, and tells what went wrong: exit code 2 and how the command is used for a wrong command
 * line, 130 after a signal, 1 for any other failure. With `--help` it only prints how the command is used.
 *
 * @param command as a person types it, such as `npm run release`
 */
export async function runCommand(command: string, usage: string, main: () => void | Promise<void>): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(usage);
    return;
  }
  try {
    await main();
  } catch (error) {
    console.error(renderFailure(command, usage, error));
    process.exitCode = exitCodeOf(error);
  }
}

/** The exit code after an error: 2 for a wrong command line, and after a signal what a shell reports for Ctrl+C. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return 130;
  return error instanceof UsageError ? 2 : 1;
}

/** What a person reads of an error, and where it is of the command line how the command is used. */
export function renderFailure(command: string, usage: string, error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof UserError) return describeError(error);
  const system = reasonOfSystemError(error);
  if (system !== undefined) return `\`${command}\` failed: ${system}.`;
  return `\`${command}\` failed: ${error instanceof Error ? describeWithoutName(error) : String(error)}`;
}

/** An error of the scripts' own carries a sentence; the name of its class adds nothing to that. */
function describeWithoutName(error: Error): string {
  const cause = error.cause === undefined ? '' : `\n  cause:    ${describeError(error.cause)}`;
  const isFault = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isFault ? `a fault in the program.\n${error.stack ?? error.message}${cause}` : `${error.message}${cause}`;
}
