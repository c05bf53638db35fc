import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { ROOT } from '../../build.ts';

/** The team's repository in the rehearsal: a working copy of this one, that the story may change. */
export interface Repository {
  readonly root: string;
  /** Runs git in it. @throws Error with what git printed. */
  git(argv: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Records what the working tree holds; gives the commit's SHA. */
  commit(message: string): Promise<string>;
  read(file: string): Promise<string>;
  readBytes(file: string): Promise<Uint8Array>;
  write(file: string, content: string | Uint8Array): Promise<void>;
}

/** What the loop needs of the repository: the workflows, the actions, the server with its model, the environments, Terraform. */
const CONTENTS = [
  '.github',
  'actions',
  'server',
  'environments',
  'terraform',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.npmrc',
  '.node-version',
  '.dockerignore',
];

// Neither installed nor built, as in a fresh clone; and without tests, which no job of a rehearsal runs.
const LEFT_OUT = [
  /[\\/](?:node_modules|\.terraform|__fixtures__|proof)$/,
  /[\\/]scripts[\\/](?:rehearse|bench|conformance|forks)$/,
  /[\\/]server[\\/]dist(?:\.next)?$/,
  /\.test\.ts$/,
  /\.tftest\.hcl$/,
];

/** Copies this repository to a new folder, and puts it under version control there. */
export async function createRepository(root: string): Promise<Repository> {
  await mkdir(root, { recursive: true });
  for (const entry of CONTENTS) {
    await cp(path.join(ROOT, entry), path.join(root, entry), {
      recursive: true,
      filter: (source) => !LEFT_OUT.some((pattern) => pattern.test(source)),
    });
  }
  await writeFile(path.join(root, '.gitignore'), 'node_modules\n.terraform/\nserver/dist/\n');
  const repository = openRepository(root);
  await repository.git(['init', '--quiet', '--initial-branch=main']);
  return repository;
}

function openRepository(root: string): Repository {
  // Each commit a minute after the one before, so that none depends on the time of the day.
  let time = 1_767_225_600;
  const git: Repository['git'] = async (argv, environment = {}) => {
    const when = `${String(time)} +0000`;
    const identity = ['-c', 'user.name=Developer', '-c', 'user.email=developer@example.invalid'];
    const result = await runProcess({
      command: 'git',
      argv: [...identity, '-c', 'commit.gpgsign=false', ...argv],
      cwd: root,
      environment: { ...process.env, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when, ...environment },
    });
    if (result.exitCode !== 0) throw new Error(`git ${argv.join(' ')} failed: ${result.stderr}`);
    return result.stdout.trim();
  };
  return {
    root,
    git,
    commit: async (message) => {
      time += 60;
      await git(['add', '--all']);
      await git(['commit', '--quiet', '--message', message]);
      return await git(['rev-parse', 'HEAD']);
    },
    read: async (file) => await readFile(path.join(root, file), 'utf8'),
    readBytes: async (file) => await readFile(path.join(root, file)),
    write: async (file, content) => await writeFile(path.join(root, file), content),
  };
}

/** This repository's own dependencies. */
export const DEPENDENCIES = path.join(ROOT, 'node_modules');
