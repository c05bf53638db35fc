import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The stand-in of one program on the PATH of the jobs. */
export interface StandInCommand {
  readonly program: string;
  /** Accepted argument lists, joined by spaces, each with the text that it prints. */
  readonly known: Readonly<Record<string, string>>;
  /** Argument lists that run a shell command in the job's workspace. */
  readonly carriedOut?: Readonly<Record<string, string>>;
}

/** The written stand-ins. */
export interface StandInCommands {
  readonly folder: string;
  /** Makes a command line end with exit code 1, until called with `false`. */
  fail(commandLine: string, fails: boolean): Promise<void>;
}

/**
 * Writes stand-ins of programs. Each prints a text for an accepted argument list, and ends with exit code 64 for any other.
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
      `echo "the stand-in for ${program} does not accept: ${program} $*" >&2`,
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
      if (command === undefined) throw new Error(`there is no stand-in for ${commandLine}`);
      if (fails) failing.add(commandLine);
      else failing.delete(commandLine);
      await write(command);
    },
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
