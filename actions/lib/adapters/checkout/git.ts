import { UserError } from '../../domain/errors/user-error.ts';
import type { Git } from '../../ports/git.ts';
import type { Process, ProcessResult } from '../../ports/process.ts';

/** Git by its command line, in the working tree at `root`. */
export function createGit(process: Process, root: string): Git {
  const git = async (...argv: readonly string[]): Promise<ProcessResult> => {
    return await process({ command: 'git', argv: ['--no-pager', ...argv], cwd: root });
  };
  const must = async (what: string, ...argv: readonly string[]): Promise<string> => {
    const result = await git(...argv);
    if (result.exitCode === 0) return result.stdout;
    throw new UserError({
      what,
      where: `git ${argv.join(' ')}`,
      expected: 'exit code 0',
      found: `exit code ${String(result.exitCode)}: ${result.stderr.trim()}`,
      remedy: 'Check out the repository with its history (actions/checkout with fetch-depth: 0).',
    });
  };
  const list = async (commit: string, path: string, ...options: readonly string[]): Promise<string> => {
    const what = `The files of ${commit} cannot be read`;
    return await must(what, 'ls-tree', '--full-tree', '-z', ...options, commit, '--', path);
  };
  return {
    commitOf: async (revision) => {
      const result = await git('rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`);
      return result.exitCode === 0 ? result.stdout.trim() : undefined;
    },
    mergeBase: async (one, other) => {
      const result = await git('merge-base', '--end-of-options', one, other);
      return result.exitCode === 0 ? result.stdout.trim() : undefined;
    },
    changedFiles: async (from, to) => {
      const output = await must(
        `The changes from ${from} to ${to} cannot be listed`,
        'diff',
        '--name-only',
        '-z',
        '--no-renames',
        '--no-ext-diff',
        '--end-of-options',
        from,
        to,
        '--',
      );
      return output.split('\0').filter((path) => path !== '');
    },
    filesBelow: async (commit, folder) =>
      (await list(commit, folder, '-r'))
        .split('\0')
        .filter((line) => line !== '')
        .map((line) => {
          // MODE TYPE OBJECT\tPATH; the modes are those of git-fast-import(1).
          const kind = line.startsWith('100') ? 'file' : line.startsWith('120000') ? 'link' : 'other';
          return { path: line.slice(line.indexOf('\t') + 1), kind };
        }),
    firstParents: async (head, since, most) => {
      const range = since === undefined ? [head] : [head, `^${since}`];
      const what = `The commits before ${head} cannot be listed`;
      const listed = await must(what, 'rev-list', '--first-parent', `--max-count=${String(most)}`, ...range, '--');
      return listed.split('\n').filter((commit) => commit !== '');
    },
    fileVersions: async (commit, path) => {
      const what = `The versions of ${path} cannot be read`;
      // :OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS\tPATH; a deletion leaves the blob of zeros.
      const log = ['log', '--format=', '--raw', '--no-abbrev', '--no-renames', '-m', '--first-parent', commit];
      const listed = await must(what, ...log, '--', path);
      const blobs = listed.split('\n').flatMap((line) => line.split(' ')[3] ?? []);
      const existing = [...new Set(blobs)].filter((blob) => !/^0+$/.test(blob));
      const batch = { command: 'git', argv: ['cat-file', '--batch'], cwd: root, stdin: existing.join('\n') };
      return existing.length === 0 ? [] : readBatch((await process(batch)).stdout);
    },
    readFile: async (commit, path) => {
      const listed = await list(commit, path);
      if (listed === '') return undefined;
      return await must(`${path} of ${commit} cannot be read`, 'cat-file', 'blob', `${commit}:${path}`);
    },
  };
}

/** The texts in the output of `git cat-file --batch`: a line `BLOB blob BYTES` before each, a line break after it. */
function readBatch(output: string): readonly string[] {
  const bytes = Buffer.from(output);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\n', at);
    const start = end + 1;
    const length = Number(bytes.toString('utf8', at, end).split(' ')[2]);
    if (end === -1 || Number.isNaN(length)) return texts;
    texts.push(bytes.toString('utf8', start, start + length));
    at = start + length + 1;
  }
  return texts;
}
