import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../../actions/lib/adapters/process.ts';
import { trainSample, type TrainingOptions } from '../../../server/model/sample-model.ts';
import { findTool } from '../../testing/find-tool.ts';
import { ROOT } from '../../build.ts';

/** The team's repository in the rehearsal: a copy of this one that the story may change. */
export interface Workspace {
  readonly root: string;
  /** Seconds since the Unix epoch of the last commit. */
  readonly commitTime: () => number;
  /** Trains another version of the sample model and puts it where the image takes its model from. */
  trainModel(options: TrainingOptions): Promise<void>;
  /** Records what the working tree holds. Gives the commit's SHA (of a hash over all files where there is no git). */
  commit(message: string): Promise<string>;
}

/** What the loop needs of the repository: the server's build, the model, the environments, Terraform. */
const FOLDERS = ['server', 'environments', 'terraform', 'package.json', 'package-lock.json', '.dockerignore'];

/** Copies the repository to a new folder and puts it under version control there. */
export async function createWorkspace(root: string): Promise<Workspace> {
  await mkdir(root, { recursive: true });
  for (const folder of FOLDERS) {
    await cp(path.join(ROOT, folder), path.join(root, folder), {
      recursive: true,
      filter: (source) => path.basename(source) !== '.terraform',
    });
  }
  await writeFile(path.join(root, '.gitignore'), 'node_modules/\n.terraform/\n');
  const hasGit = findTool('git').kind === 'ready';
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
    commitTime: () => time,
    trainModel: async (options) => {
      const { model, golden } = trainSample(options);
      await writeFile(path.join(root, 'server/model/model.onnx'), model);
      await writeFile(path.join(root, 'server/model/golden.json'), `${JSON.stringify(golden, undefined, 2)}\n`);
    },
    commit: async (message) => {
      time += 60;
      if (!hasGit) return await hashTree(root, message);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return await git('rev-parse', 'HEAD');
    },
  };
}

async function hashTree(root: string, message: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash('sha1').update(message);
  for (const file of files.sort()) hash.update(path.relative(root, file)).update(await readFile(file));
  return hash.digest('hex');
}
