import { constants, copyFile, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { ROOT } from '../build.ts';

/** Copies what a commit of this working tree would hold to a new folder, and links the installed dependencies into it. */
export async function cloneCheckout(target: string): Promise<void> {
  const listed = await git(ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  for (const file of listed.split('\0')) {
    // Deleted and not committed yet, or the link to the dependencies.
    const isFile = await stat(path.join(ROOT, file)).then(
      (entry) => entry.isFile(),
      () => false,
    );
    if (!isFile) continue;
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await copyFile(path.join(ROOT, file), path.join(target, file), constants.COPYFILE_FICLONE);
  }
  await symlink(await realpath(path.join(ROOT, 'node_modules')), path.join(target, 'node_modules'), 'junction');
}

/** Commits all files of a clone to a new repository. */
export async function commitClone(target: string, message: string): Promise<void> {
  await git(target, 'init', '--quiet', '--initial-branch=main');
  // .gitignore names the folder, which doesn't match a link.
  await writeFile(path.join(target, '.git/info/exclude'), '/node_modules\n');
  await git(target, 'add', '--all');
  await git(target, 'commit', '--quiet', '--message', message);
}

async function git(cwd: string, ...argv: readonly string[]): Promise<string> {
  const identity = ['-c', 'user.name=Fork', '-c', 'user.email=fork@example.invalid', '-c', 'commit.gpgsign=false'];
  const result = await runProcess({ command: 'git', argv: [...identity, ...argv], cwd });
  if (result.exitCode !== 0) throw new Error(`git ${argv.join(' ')} failed in ${cwd}: ${result.stderr}`);
  return result.stdout;
}
