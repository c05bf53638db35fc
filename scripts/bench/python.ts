import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './processes.ts';

const peers = fileURLToPath(new URL('peers/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = join(root, 'node_modules/.cache/bench/python');

/** Makes a virtual environment with the peers' packages, once; where that fails says why, and gives false. */
export function preparePython(report: (line: string) => void): boolean {
  const ready = join(environment, 'ready');
  if (existsSync(ready)) return true;
  report('making a Python environment for the peers (once; takes a minute)');
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(environment, { recursive: true });
  try {
    run('python3', ['-m', 'venv', environment]);
    const quietly = ['--quiet', '--disable-pip-version-check', '--retries', '1'];
    run(join(environment, 'bin/pip'), ['install', ...quietly, '-r', join(peers, 'requirements.txt')]);
  } catch (error) {
    report(`the Python peers are left out: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
  writeFileSync(ready, '');
  return true;
}

/** Runs a script of the peers to its end. @throws Error with its output when it fails */
export function runPython(script: string, argv: readonly string[]): void {
  run(join(environment, 'bin/python'), [join(peers, script), ...argv]);
}

export interface UvicornOptions {
  /** Python module in the peers' folder. */
  readonly application: 'blog' | 'tuned' | 'fastapi_onnx';
  readonly modelFile: string;
  readonly workers: number;
}

/** A FastAPI peer on uvicorn with its fastest loop and parser, no access log, and one thread for linear algebra. */
export function uvicorn({ application, modelFile, workers }: UvicornOptions): Command {
  return {
    executable: join(environment, 'bin/python'),
    arguments: [
      '-m',
      'uvicorn',
      `${application}:app`,
      '--app-dir',
      peers,
      '--port',
      '{port}',
      '--workers',
      String(workers),
      '--loop',
      'uvloop',
      '--http',
      'httptools',
      '--no-access-log',
      '--log-level',
      'warning',
    ],
    environment: {
      MODEL_FILE: modelFile,
      OMP_NUM_THREADS: '1',
      OPENBLAS_NUM_THREADS: '1',
      MKL_NUM_THREADS: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  };
}

function run(executable: string, argv: readonly string[]): void {
  const result = spawnSync(executable, argv, { encoding: 'utf8' });
  if (result.error !== undefined)
    throw new Error(`${executable} cannot be started: the peers need python3 with venv and pip`, {
      cause: result.error,
    });
  if (result.status !== 0)
    throw new Error(`${executable} ${argv.join(' ')} failed:\n${(result.stdout + result.stderr).slice(-3000)}`);
}
