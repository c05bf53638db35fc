import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/process.ts';
import { trainSample, type TrainingOptions } from '../../../server/model/sample-model.ts';
import { findTool } from '../../testing/find-tool.ts';
import { ROOT } from '../../build.ts';

/** The team's repository in the rehearsal: a copy of this one that the story may change. */
export interface Workspace {
  readonly root: string;
  /** SHA and time (seconds since the Unix epoch) of the last commit. */
  readonly head: () => { readonly sha: string; readonly time: number };
  /** Trains another version of the sample model and puts it where the image takes its model from. */
  trainModel(options: TrainingOptions): Promise<void>;
  /** Records what the working tree holds. Gives the commit's SHA (of a hash over all files where there is no git). */
  commit(message: string): Promise<string>;
}

/** What the loop needs of the repository: the server's build, the model, the environments, Terraform. */
const CONTENTS = [
  'server',
  'environments',
  'terraform',
  'scripts/build.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.npmrc',
  '.dockerignore',
];

/** Copies the repository to a new folder and puts it under version control there. */
export async function createWorkspace(root: string): Promise<Workspace> {
  await mkdir(root, { recursive: true });
  for (const entry of CONTENTS) {
    await cp(path.join(ROOT, entry), path.join(root, entry), {
      recursive: true,
      filter: (source) => path.basename(source) !== '.terraform',
    });
  }
  // As after an `npm ci` in the copy; the builder takes onnxruntime from it.
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  await writeFile(path.join(root, '.gitignore'), 'node_modules\n.terraform/\n');
  const hasGit = findTool('git').kind === 'ready';
  let sha = '';
  let time = 1_767_225_600;
  const git = async (...argv: string[]): Promise<string> => {
    const when = `${String(time)} +0000`;
    const result = await runProcess({
      command: 'git',
      argv: [
        '-c',
        'user.name=Rehearsal',
        '-c',
        'user.email=rehearsal@example.invalid',
        '-c',
        'commit.gpgsign=false',
        ...argv,
      ],
      cwd: root,
      environment: { ...process.env, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when },
    });
    if (result.exitCode !== 0) throw new Error(`git ${argv.join(' ')} failed: ${result.stderr}`);
    return result.stdout.trim();
  };
  if (hasGit) await git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    head: () => ({ sha, time }),
    trainModel: async (options) => {
      const { model, golden } = trainSample(options);
      await writeFile(path.join(root, 'server/model/model.onnx'), model);
      await writeFile(path.join(root, 'server/model/golden.json'), `${JSON.stringify(golden, undefined, 2)}\n`);
    },
    commit: async (message) => {
      time += 60;
      if (hasGit) {
        await git('add', '--all');
        await git('commit', '--quiet', '--allow-empty', '--message', message);
        sha = await git('rev-parse', 'HEAD');
      } else {
        sha = await hashTree(root, message);
      }
      return sha;
    },
  };
}

async function hashTree(root: string, message: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash('sha1').update(message);
  for (const file of files.sort()) hash.update(path.relative(root, file)).update(await readFile(file));
  return hash.digest('hex');
}
