import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

// The test of the local AWS installs and starts its tarball.
it.each(['local-github', 'workflow-runner'])(
  'packs %s with its licence and without tests',
  async (name) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pack-test-'));
    try {
      const cwd = path.join(import.meta.dirname, name);
      const { stdout } = await run('npm', ['run', '--silent', 'pack', '--', folder], { cwd });
      const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
      const paths = files.map((file) => file.path);
      expect(paths).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'index.js', 'types/index.d.ts']),
      );
      expect(paths.filter((file) => /\.test\.|^testing|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  120_000,
);
