import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Stands for the command lines of one program on the PATH of the jobs. */
export interface StandInCommand {
  readonly program: string;
  /** The argument lists that it knows, as they are joined by spaces, with what each stands for. */
  readonly known: Readonly<Record<string, string>>;
  /** Those that are carried out all the same, with the shell command that does it in the job's workspace. */
  readonly carriedOut?: Readonly<Record<string, string>>;
}

/** The folder of `writeStandInCommands`, and how to let a command line fail. */
export interface StandInCommands {
  readonly folder: string;
  /** Lets a command line end with exit code 1, until it is called with `false`. */
  fail(commandLine: string, fails: boolean): Promise<void>;
}

/**
 * Writes programs that stand for others: each prints what it stands for, and ends with exit code 64 for arguments that it
 * doesn't know. Nothing is skipped in silence.
 */
export async function writeStandInCommands(
  folder: string,
  commands: readonly StandInCommand[],
): Promise<StandInCommands> {
  await mkdir(folder, { recursive: true });
  const failing = new Set<string>();
  const write = async ({ program, known, carriedOut = {} }: StandInCommand): Promise<void> => {
    const real = Object.entries(carriedOut).map(([words, command]) => `  ${quote(words)}) ${command} ;;`);
    const cases = Object.entries(known).map(([words, meaning]) => {
      const line = `${program} ${words}`;
      const end = failing.has(line) ? `echo ${quote(`${line} failed`)} >&2; exit 1` : 'exit 0';
      return `  ${quote(words)}) echo ${quote(`stand-in for \`${line}\`: ${meaning}`)}; ${end} ;;`;
    });
    const script = [
      '#!/bin/sh',
      'case "$*" in',
      ...real,
      ...cases,
      'esac',
      `echo "the stand-in for ${program} does not know: ${program} $*" >&2`,
      'exit 64',
      '',
    ].join('\n');
    const file = path.join(folder, program);
    await writeFile(file, script);
    await chmod(file, 0o755);
  };
  for (const command of commands) await write(command);
  return {
    folder,
    fail: async (commandLine, fails) => {
      const command = commands.find(({ program, known }) =>
        Object.keys(known).some((words) => `${program} ${words}` === commandLine),
      );
      if (command === undefined) throw new Error(`there is no stand-in for: ${commandLine}`);
      if (fails) failing.add(commandLine);
      else failing.delete(commandLine);
      await write(command);
    },
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
