import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text as readText } from 'node:stream/consumers';

/** A person and a time in a commit. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  /** ISO 8601, to the second, in UTC. */
  readonly date: string;
}

export interface GitCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface GitFileChange {
  readonly filename: string;
  readonly previousFilename?: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly additions: number;
  readonly deletions: number;
}

export interface GitTreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size?: number;
}

/** A bare Git repository on disk, worked on with the git program. */
export interface GitRepository {
  readonly directory: string;
  git(
    argv: readonly string[],
    input?: string | Uint8Array,
    environment?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** The commit that a branch, tag or SHA stands for. */
  resolve(ref: string): Promise<string | undefined>;
  commit(sha: string): Promise<GitCommit>;
  log(range: readonly string[], path?: string): Promise<readonly GitCommit[]>;
  changes(base: string, head: string): Promise<readonly GitFileChange[]>;
  mergeBase(a: string, b: string): Promise<string | undefined>;
  refs(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** The entries of a folder of a commit, or the one entry of a file; none where there is no such path. */
  entries(commit: string, path: string): Promise<readonly GitTreeEntry[]>;
  blob(sha: string): Promise<Buffer>;
  writeBlob(content: Uint8Array): Promise<string>;
  writeCommit(commit: Omit<GitCommit, 'sha'>): Promise<string>;
  /** A tree with files written, over those of another tree or commit where one is given. */
  writeTree(
    base: string | undefined,
    files: readonly { readonly path: string; readonly blob: string }[],
  ): Promise<string>;
  /** The tree of a merge, or undefined where the two conflict. */
  mergeTree(base: string, head: string): Promise<string | undefined>;
}

/** Works on the bare repository in a folder. */
export function openGitRepository(directory: string): GitRepository {
  const known = new Map<string, Promise<Run>>();
  const run = async (argv: readonly string[], input?: string | Uint8Array, environment?: Environment): Promise<Run> => {
    if (!isLasting(argv)) return await start(argv, input, environment);
    const key = argv.join('\0');
    const answer = known.get(key) ?? start(argv);
    known.set(key, answer);
    const result = await answer;
    // A missing object can be created later.
    if (result.exitCode !== 0) known.delete(key);
    return result;
  };
  const start = async (
    argv: readonly string[],
    input: string | Uint8Array = '',
    environment: Environment = {},
  ): Promise<Run> => {
    const child = spawn('git', ['--git-dir', directory, ...argv], {
      env: { ...process.env, ...environment, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const closed = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
    const [stdout, stderr, exitCode] = await Promise.all([buffer(child.stdout), readText(child.stderr), closed]);
    return { exitCode, stdout, stderr };
  };
  const git: GitRepository['git'] = async (argv, input, environment) => {
    const { exitCode, stdout, stderr } = await run(argv, input, environment);
    if (exitCode !== 0) throw new Error(`git ${argv.join(' ')} failed with exit code ${exitCode}: ${stderr.trim()}`);
    return stdout.toString('utf8');
  };
  const tryGit = async (argv: readonly string[]): Promise<string | undefined> => {
    const { exitCode, stdout } = await run(argv);
    return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
  };
  const log: GitRepository['log'] = async (range, path) => {
    const format = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'].join('%x00');
    const output = await git([
      'log',
      '-z',
      `--format=${format}%x01`,
      ...range,
      '--',
      ...(path === undefined ? [] : [path]),
    ]);
    return output
      .split('\x01')
      .map((record) => record.replace(/^\0/, ''))
      .filter((record) => record !== '')
      .map(parseCommit);
  };
  return {
    directory,
    git,
    resolve: async (ref) => {
      const candidates =
        ref.startsWith('refs/') || /^[0-9a-f]{40}$/.test(ref) ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref];
      for (const candidate of candidates) {
        const sha = await tryGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${candidate}^{commit}`]);
        if (sha !== undefined) return sha;
      }
      return undefined;
    },
    commit: async (sha) => {
      const [commit] = await log(['-1', sha]);
      if (commit === undefined) throw new Error(`no commit ${sha}`);
      return commit;
    },
    log,
    changes: async (base, head) => parseChanges(await git(['diff', '-z', '--raw', '--numstat', '-M', base, head])),
    mergeBase: async (a, b) => await tryGit(['merge-base', a, b]),
    refs: async (prefix) => {
      const lines = (await git(['for-each-ref', '--format=%(refname) %(objectname)', prefix])).split('\n');
      return new Map(
        lines.flatMap((line) => {
          const [name, sha] = line.split(' ');
          return name === undefined || sha === undefined ? [] : [[name, sha] as const];
        }),
      );
    },
    entries: async (commit, path) => {
      const output = await git(['ls-tree', '-z', '-l', commit, ...(path === '' ? [] : ['--', path])]);
      return output.split('\0').flatMap((line) => {
        const match = /^(\d+) (\w+) ([0-9a-f]{40}) +(\S+)\t(.*)$/s.exec(line);
        if (match === null) return [];
        const [, mode = '', type = '', entry = '', size = '-', path = ''] = match;
        return [{ path, mode, type, sha: entry, ...(size === '-' ? {} : { size: Number(size) }) }];
      });
    },
    blob: async (sha) => {
      const { exitCode, stdout, stderr } = await run(['cat-file', 'blob', sha]);
      if (exitCode !== 0) throw new Error(`no blob ${sha}: ${stderr.trim()}`);
      return stdout;
    },
    writeBlob: async (content) => (await git(['hash-object', '-w', '--stdin'], content)).trim(),
    writeCommit: async ({ tree, parents, author, committer, message }) =>
      (
        await git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'], message, {
          GIT_AUTHOR_NAME: author.name,
          GIT_AUTHOR_EMAIL: author.email,
          GIT_AUTHOR_DATE: author.date,
          GIT_COMMITTER_NAME: committer.name,
          GIT_COMMITTER_EMAIL: committer.email,
          GIT_COMMITTER_DATE: committer.date,
        })
      ).trim(),
    writeTree: async (base, files) => {
      const index = { GIT_INDEX_FILE: join(directory, `index-${randomUUID()}`) };
      try {
        await git(base === undefined ? ['read-tree', '--empty'] : ['read-tree', base], '', index);
        const lines = files.map(({ path, blob }) => `100644 ${blob}\t${path}\0`);
        await git(['update-index', '-z', '--index-info'], lines.join(''), index);
        return (await git(['write-tree'], '', index)).trim();
      } finally {
        await rm(index.GIT_INDEX_FILE, { force: true });
      }
    },
    mergeTree: async (base, head) => await tryGit(['merge-tree', '--write-tree', base, head]),
  };
}

type Environment = Readonly<Record<string, string>>;

interface Run {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const READS = ['cat-file', 'diff', 'log', 'ls-tree', 'merge-base', 'merge-tree', 'rev-list'];

/** Whether a command can have one answer only, because it names what it reads by full SHAs: then git is asked once. */
function isLasting([command = '', ...rest]: readonly string[]): boolean {
  const end = rest.indexOf('--');
  const objects = (end === -1 ? rest : rest.slice(0, end)).filter((word) => !word.startsWith('-') && word !== 'blob');
  return (
    READS.includes(command) &&
    objects.length > 0 &&
    objects.every((word) => /^[0-9a-f]{40}(?:\.\.[0-9a-f]{40})?$/.test(word))
  );
}

function parseCommit(record: string): GitCommit {
  const [sha = '', tree = '', parents = '', an = '', ae = '', at = '', cn = '', ce = '', ct = '', ...message] =
    record.split('\0');
  return {
    sha,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name: an, email: ae, date: isoSeconds(at) },
    committer: { name: cn, email: ce, date: isoSeconds(ct) },
    message: message.join('\0').replace(/\n$/, ''),
  };
}

function isoSeconds(epochSeconds: string): string {
  return new Date(Number(epochSeconds) * 1000).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

const STATUSES: Readonly<Record<string, GitFileChange['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  T: 'modified',
  R: 'renamed',
};

// Both parts of `--raw --numstat -z` in one walk: ":meta\0path[\0path]" and "added\tdeleted\tpath" (or, for a rename, an
// empty path and then two of them).
function parseChanges(output: string): readonly GitFileChange[] {
  const fields = output.split('\0');
  const statuses = new Map<string, GitFileChange['status']>();
  const changes: GitFileChange[] = [];
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? '';
    if (field.startsWith(':')) {
      const letter = field.split(' ')[4]?.charAt(0) ?? 'M';
      index += letter === 'R' ? 2 : 1;
      statuses.set(fields[index] ?? '', STATUSES[letter] ?? 'modified');
      continue;
    }
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(field);
    if (match === null) continue;
    const [, added = '0', deleted = '0', path = ''] = match;
    const counts = { additions: added === '-' ? 0 : Number(added), deletions: deleted === '-' ? 0 : Number(deleted) };
    if (path !== '') {
      changes.push({ filename: path, status: statuses.get(path) ?? 'modified', ...counts });
    } else {
      const previousFilename = fields[index + 1] ?? '';
      const filename = fields[index + 2] ?? '';
      index += 2;
      changes.push({ filename, previousFilename, status: statuses.get(filename) ?? 'renamed', ...counts });
    }
  }
  return changes;
}
