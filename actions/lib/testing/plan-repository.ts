import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../domain/release/release.ts';
import { VALID_ENVIRONMENT } from './valid-environment.ts';

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
