import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../domain/release.ts';
import { VALID_ENVIRONMENT } from './valid-environment.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** 32 bytes that are no secret. */
export const PLAN_KEY = Buffer.alloc(32, 7).toString('base64');

/** A release specification, with an image of its own for every letter. */
export function releaseSpec(letter: string, changes: Partial<ReleaseSpec> = {}): ReleaseSpec {
  return {
    image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:${letter.repeat(64)}`,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount: 2,
    environment: { LOG_LEVEL: 'info' },
    startupTimeoutSeconds: 300,
    ...changes,
  };
}

/** A `release.json` with these specifications, the last of them live. */
export function releaseFileOf(...specs: readonly ReleaseSpec[]): Pick<ReleaseFile, 'live' | 'releases'> {
  const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
  const releases = Object.fromEntries(specs.map((spec) => [releaseIdOf(spec), { spec, source }]));
  return { live: Object.keys(releases).at(-1) ?? null, releases };
}

/** A Git repository in a temporary folder, with environments that need no cloud. */
export interface PlanRepository {
  readonly root: string;
  write(file: string, content: string | object): void;
  read(file: string): string;
  /** Commits everything, and answers the SHA. */
  commit(message: string): string;
  git(...argv: readonly string[]): string;
  /** A copy in a folder of its own, with everything that is not committed. */
  copy(): PlanRepository;
  remove(): void;
}

function openPlanRepository(root: string): PlanRepository {
  const git = (...argv: readonly string[]): string => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    const result = spawnSync('git', [...identity, ...argv], { cwd: root, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`git ${argv.join(' ')}: ${result.stderr}`);
    return result.stdout.trim();
  };
  return {
    root,
    git,
    write: (file, content) => {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(
        path.join(root, file),
        typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
      );
    },
    read: (file) => readFileSync(path.join(root, file), 'utf8'),
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    copy: () => {
      const other = mkdtempSync(path.join(tmpdir(), 'plan-repository-'));
      cpSync(root, other, { recursive: true });
      return openPlanRepository(other);
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Makes a repository with the environment `dev`; its configuration and releases are those given. */
export function makePlanRepository(
  configuration: string,
  release: object = { live: null, releases: {} },
): PlanRepository {
  const repository = openPlanRepository(mkdtempSync(path.join(tmpdir(), 'plan-repository-')));
  repository.git('init', '--quiet', '--initial-branch', 'main');
  repository.write('.gitignore', '.terraform/\n*.tfstate*\n/out/\n');
  repository.write('environments/dev/environment.json', VALID_ENVIRONMENT);
  repository.write('environments/dev/release.json', release);
  repository.write('environments/dev/main.tf', configuration);
  // The built-in provider needs no lock; a real one is bound by this file.
  repository.write('environments/dev/.terraform.lock.hcl', '# no providers\n');
  repository.commit('start');
  return repository;
}

/** How an action ended, started the way a runner starts it. */
export interface ActionRun {
  readonly exitCode: number;
  /** What the log shows: standard output and standard error. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** An action that is running. */
export interface RunningAction {
  readonly pid: number;
  readonly ended: Promise<ActionRun>;
  readonly log: () => string;
}

/** Starts an action's `main.ts` with inputs, outputs and a summary as a runner has them. */
export function startAction(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): RunningAction {
  const folder = mkdtempSync(path.join(tmpdir(), 'action-'));
  const [outputFile, summaryFile] = [path.join(folder, 'output'), path.join(folder, 'summary')];
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, '');
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'actions', name, 'main.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // Terraform spends a quarter of its processor time on collecting what it allocates for the provider's schema.
      GOGC: '400',
      GITHUB_REPOSITORY: 'acme/models',
      GITHUB_RUN_ID: '100',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase().replaceAll(' ', '_')}`, value]),
      ),
      ...environment,
    },
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<ActionRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const outputs = parseOutputs(readFileSync(outputFile, 'utf8'));
      const summary = readFileSync(summaryFile, 'utf8');
      rmSync(folder, { recursive: true, force: true });
      resolve({ exitCode: code ?? 1, log, outputs, summary });
    });
  });
  return { pid: child.pid ?? 0, ended, log: () => log };
}

// The file commands of @actions/core: NAME<<DELIMITER, the value, DELIMITER.
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^([^\n]+?)<<(ghadelimiter_[^\n]+)\n([\s\S]*?)\n\2$/gm)) {
    outputs[name] = value;
  }
  return outputs;
}
