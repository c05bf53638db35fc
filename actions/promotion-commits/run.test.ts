import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGit } from '../lib/adapters/checkout/git.ts';
import { runProcess } from '../lib/adapters/system/process.ts';
import { addRelease } from '../lib/domain/release/edit.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import { TEST_LEDGER_ENVIRONMENT } from '../lib/testing/test-ledger.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';
import { runPromotionCommits, type PromotionCommits } from './run.ts';

const ENVIRONMENT = { ...VALID_ENVIRONMENT, ...TEST_LEDGER_ENVIRONMENT };

describe('the commits of a promotion', () => {
  let folder: string;
  let merged: string;
  let head: string;
  let unmerged: string;
  const git = async (...argv: readonly string[]): Promise<string> => {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
    const { stdout } = await runProcess({ command: 'git', argv: [...identity, ...argv], cwd: folder });
    return stdout.trim();
  };
  const commit = async (message: string): Promise<string> => {
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return await git('rev-parse', 'HEAD');
  };
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'promotion-commits-'));
    await git('init', '--quiet', '--initial-branch=trunk');
    merged = await commit('first');
    await git('checkout', '--quiet', '-b', 'topic');
    unmerged = await commit('not merged');
    await git('checkout', '--quiet', 'trunk');
    head = await commit('second');
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const serves = (source: string): ReleaseFile => {
    const spec = {
      image: `1.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
      ...{ model: null, instanceType: 'ml.m5.large', instanceCount: 1, environment: {}, startupTimeoutSeconds: 60 },
    };
    const made = { commit: source, createdAt: '2026-01-01T00:00:00Z', promotedFrom: null };
    return addRelease({ live: null, releases: {} }, spec, made).file;
  };
  const find = async (releaseFile: ReleaseFile): Promise<PromotionCommits | undefined> =>
    await runPromotionCommits(
      { from: undefined, service: ENVIRONMENT.service, commit: head },
      {
        environments: async () => await Promise.resolve({ environments: [ENVIRONMENT], broken: [] }),
        releaseFileOf: async () => await Promise.resolve(releaseFile),
        git: createGit(runProcess, folder),
      },
    );

  it('are those of the new image and of what serves', async () => {
    expect((await find(serves(merged)))?.commits).toEqual({ head, base: merged, areMerged: true });
    expect((await find(serves(head)))?.commits).toBeUndefined();
    expect((await find({ live: null, releases: {} }))?.commits).toBeUndefined();
  });

  it('are not merged where a release file names the commit of a branch, or one that is not there', async () => {
    for (const base of [unmerged, 'f'.repeat(40)]) {
      expect((await find(serves(base)))?.commits).toEqual({ head, base, areMerged: false });
    }
  });

  it('are checked out and built by the workflow only where they are merged', async () => {
    const file = path.join(import.meta.dirname, '../../.github/workflows/review-promotion.yml');
    const { jobs } = parse(await readFile(file, 'utf8')) as {
      readonly jobs: Readonly<Record<string, { readonly steps: readonly Readonly<Record<string, unknown>>[] }>>;
    };
    const steps = jobs['review']?.steps ?? [];
    const foreign = steps.filter((step) => /-commit \}\}/.test(JSON.stringify(step['with'] ?? {})) || 'run' in step);
    const guarded = foreign.filter((step) => step['if'] === "steps.promotion.outputs.merged == 'true'");
    // The review itself names the commits, and loads only what was checked out.
    expect(foreign.filter((step) => !guarded.includes(step)).map(({ uses }) => uses)).toEqual([
      './actions/review-model',
    ]);
    expect(guarded).toHaveLength(3);
  });
});
