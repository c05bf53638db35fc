import { execFile } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkOutput, checkRepository, parseCommandLine, UsageError } from './command-line.ts';
import { removedPartOf } from './removal/lab-parts.ts';

const SHAPE = {
  options: { name: { type: 'string' }, force: { type: 'boolean', default: false } },
  arguments: ['FROM', 'TO'],
} as const;

function partsOf(args: readonly string[], shape: Parameters<typeof parseCommandLine>[0] = SHAPE): UsageError['parts'] {
  try {
    parseCommandLine(shape, args);
  } catch (error) {
    if (error instanceof UsageError) return error.parts;
    throw error;
  }
  throw new Error('nothing was thrown');
}

it('refuses a folder that is no repository', () => {
  expect(() => {
    checkRepository('--root', 'scripts/adopt');
  }).toThrow(/--root is no repository of this product\.\n.*environments\/\n {2}found: {4}scripts\/adopt/);
  checkRepository('--root', '.');
});

describe('parseCommandLine', () => {
  it('gives options and arguments in any order', () => {
    const { values, positionals } = parseCommandLine(SHAPE, ['a', '--name', 'x', 'b', '--force']);
    expect(values).toEqual({ name: 'x', force: true });
    expect(positionals).toEqual(['a', 'b']);
  });

  it.each([
    [['a', 'b', '--nmae', 'x'], 'There is no option --nmae here', 'one of --name, --force'],
    [['a', 'b', '-x'], 'There is no option -x here', 'one of --name, --force'],
    [['a', 'b', '--constructor'], 'There is no option --constructor here', 'one of --name, --force'],
    [['a', 'b', '--__proto__'], 'There is no option --__proto__ here', 'one of --name, --force'],
    [['a', 'b', '--name'], 'The option --name needs a value', '--name VALUE'],
    [['a', 'b', '--name', '--force'], 'The option --name needs a value', '--name VALUE'],
    [['a', 'b', '--force=yes'], 'The option --force takes no value', '--force'],
    [['a'], 'An argument is missing: TO', 'FROM TO'],
    [[], 'Arguments are missing: FROM, TO', 'FROM TO'],
    [['a', 'b', 'c'], 'There are too many arguments: c', 'FROM TO'],
  ])('refuses %j and says what was expected', (args, what, expected) => {
    const parts = partsOf(args);
    expect(parts.what).toBe(what);
    expect(parts.expected).toContain(expected);
  });

  it('takes any number of the last argument where it says so', () => {
    const shape = { options: {}, arguments: ['FIRST', 'MORE…'] };
    expect(parseCommandLine(shape, ['a']).positionals).toEqual(['a']);
    expect(parseCommandLine(shape, ['a', 'b', 'c']).positionals).toEqual(['a', 'b', 'c']);
    expect(partsOf([], shape).what).toBe('An argument is missing: FIRST');
  });
});

describe('checkOutput', () => {
  it('takes a file to write and one to replace', () => {
    expect(() => checkOutput('--html', path.join(import.meta.dirname, 'new.html'))).not.toThrow();
    expect(() => checkOutput('--html', import.meta.filename)).not.toThrow();
  });

  it.each([
    [import.meta.dirname, `a folder: ${import.meta.dirname}`],
    ['/no/such/folder/a.html', 'no folder: /no/such/folder'],
    [path.join(import.meta.filename, 'a.html'), `no folder: ${import.meta.filename}`],
  ])('refuses %s', (file, found) => {
    expect(() => checkOutput('--html', file)).toThrow(found);
  });
});

describe('parseCommandLine where npm has changed the folder', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const shape = {
    options: { root: { type: 'string', default: '.' }, file: { type: 'string' }, name: { type: 'string' } },
    paths: ['file'],
  } as const;
  const parse = (packageFolder: string): unknown => {
    vi.stubEnv('INIT_CWD', path.join(process.cwd(), 'scripts'));
    vi.stubEnv('npm_package_json', path.join(packageFolder, 'package.json'));
    return parseCommandLine(shape, ['--file', 'a.csv', '--name', 'b']).values;
  };

  it('takes paths from the folder in which the command was typed, and defaults from its own', () => {
    const file = path.join(process.cwd(), 'scripts/a.csv');
    expect(parse(process.cwd())).toEqual({ root: '.', file, name: 'b' });
  });

  it('takes a given path that is the default from where it was typed', () => {
    vi.stubEnv('INIT_CWD', path.join(process.cwd(), 'scripts'));
    vi.stubEnv('npm_package_json', path.join(process.cwd(), 'package.json'));
    expect(parseCommandLine(shape, ['--root', '.']).values).toEqual({ root: path.join(process.cwd(), 'scripts') });
  });

  it('takes them from its own folder where a script of npm started it elsewhere', () => {
    expect(parse('/elsewhere')).toEqual({ root: '.', file: 'a.csv', name: 'b' });
  });
});

const COMMANDS = [
  'scripts/generate/main.ts',
  'scripts/check/main.ts',
  'scripts/content/main.ts',
  'scripts/migrate/main.ts',
  'scripts/release/main.ts',
  'scripts/bootstrap/main.ts',
  'scripts/bootstrap/faults/main.ts',
  'scripts/bench/main.ts',
  'scripts/conformance/main.ts',
  'scripts/rehearse/fault-matrix/main.ts',
  'scripts/rehearse/workflow-faults/main.ts',
  'server/proof/hostile/main.ts',
  'scripts/train/main.ts',
];

describe.each(COMMANDS.filter((script) => removedPartOf(script) === undefined))('%s', (script) => {
  it('refuses an option that it does not know in our words, with exit code 2', async () => {
    const result = await new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
      const argv = ['--import', './scripts/typescript.js', path.join(import.meta.dirname, '..', script), '--onyl', 'x'];
      execFile(process.execPath, argv, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
    });
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('--onyl');
    expect(result.stderr).toContain('npm run ');
    expect(result.stderr).not.toMatch(/ERR_PARSE|Error:|\.ts:\d/);
  });
});
