import { UserError } from '../../domain/errors/user-error.ts';
import type { Process } from '../../ports/process.ts';

/**
 * The committer's time of a commit, in seconds since the Unix epoch.
 *
 * @throws UserError when the working tree is not a checkout of that commit: its image would carry a wrong name.
 */
export async function readCommitTime(run: Process, root: string, commit: string): Promise<number> {
  const { exitCode, stdout, stderr } = await run({
    command: 'git',
    argv: ['log', '-1', '--format=%H %ct'],
    cwd: root,
  });
  const [head, seconds] = stdout.trim().split(' ');
  if (exitCode === 0 && head === commit && seconds !== undefined) return Number(seconds);
  throw new UserError({
    what: `The working tree is not a checkout of the commit ${commit}`,
    where: root,
    expected: `HEAD at ${commit}`,
    found: exitCode === 0 ? `HEAD at ${head ?? 'nothing'}` : stderr.trim(),
    remedy: 'Check that commit out first, or state its time with commit-time.',
  });
}
