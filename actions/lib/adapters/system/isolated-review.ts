import { access, constants, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { UserError } from '../../domain/errors/user-error.ts';
import { renderReviewFile, tryParseReviewResult, type ReviewResult } from '../../domain/model-review/summary.ts';
import { parseIsolatedOrder, renderIsolatedOrder, type IsolatedOrder } from '../../domain/replay/isolated-order.ts';
import type { IsolatedReview } from '../../ports/isolated-review.ts';
import type { Process } from '../../ports/process.ts';

/** The argument by which the bundle knows that it is the isolated process. */
export const ISOLATED = 'isolated';

// Runs in the new namespaces, before the rights to set them up are dropped: sh SETUP MOUNT_POINT... -- COMMAND...
const SETUP = [
  'ip link set lo up || exit 71',
  'while [ "$1" != -- ]; do mount -o remount,bind,ro "$1" || exit 71; shift; done',
  'shift',
  'exec "$@"',
].join('\n');

/**
 * Reviews in a process with its own network (loopback alone), its own processes, nothing to write to, no environment and no
 * rights beyond those of this user. Linux's unshare makes it, by sudo where this user is not root.
 *
 * @param bundle the program that calls {@link answerIsolated} when its first argument is {@link ISOLATED}
 * @param readOnly folders that must not be written to: the workspace, and the runner's files for later steps
 */
export function createIsolatedReview(
  run: Process,
  bundle: string,
  readOnly: readonly string[],
  signal?: AbortSignal,
): IsolatedReview {
  return async (order) => {
    const { command, argv } = await isolated([process.execPath, bundle, ISOLATED], readOnly);
    const { exitCode, stdout } = await run({
      ...{ command, argv, cwd: '/', signal, environment: { PATH: process.env['PATH'] } },
      stdin: renderIsolatedOrder({ ...order, readOnly: [...readOnly] }),
    });
    signal?.throwIfAborted();
    const result = exitCode === 0 ? tryParseReviewResult(stdout) : undefined;
    if (result !== undefined) return result;
    // Not what it wrote: that may hold a caller's value.
    throw new UserError({
      what: 'The models could not be asked in isolation',
      where: `${command} ${argv.slice(0, 3).join(' ')} …`,
      expected: 'a review from a process without a network and without anything to write to',
      found: exitCode === NOT_ISOLATED ? 'a process that is not isolated' : `exit code ${String(exitCode)}`,
      remedy:
        'Run the job on Linux with unshare, setpriv, ip and, where the runner is not root, sudo without a password.',
    });
  };
}

async function isolated(
  program: readonly string[],
  readOnly: readonly string[],
): Promise<{ readonly command: string; readonly argv: readonly string[] }> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const mounts = await mountPointsOf(['/', ...readOnly]);
  const argv = [
    ...['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', '--'],
    ...['sh', '-c', SETUP, 'sh', ...mounts, '--'],
    ...['setpriv', `--reuid=${String(uid)}`, `--regid=${String(gid)}`, '--clear-groups', '--no-new-privs'],
    ...['--bounding-set=-all', '--inh-caps=-all', '--'],
    ...['env', '-i', `PATH=${process.env['PATH'] ?? ''}`, ...program],
  ];
  return uid === 0
    ? { command: 'unshare', argv }
    : { command: 'sudo', argv: ['--non-interactive', '--', 'unshare', ...argv] };
}

/** The mount points that hold these folders: each is made read-only by itself. */
async function mountPointsOf(folders: readonly string[]): Promise<readonly string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')).trim().split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '/');
  const holds = (point: string, folder: string): boolean => point === '/' || `${folder}/`.startsWith(`${point}/`);
  const found = folders.map((folder) =>
    points
      .filter((point) => holds(point, folder))
      .reduce((best, point) => (point.length >= best.length ? point : best), '/'),
  );
  return [...new Set(found)];
}

const NOT_ISOLATED = 72;

/**
 * The isolated process: reads an order from its standard input, makes sure that it is isolated, and writes the result. What
 * else happens it says by its exit code alone.
 */
export async function answerIsolated(review: (order: IsolatedOrder) => Promise<ReviewResult>): Promise<void> {
  const order = parseIsolatedOrder(await text(process.stdin));
  if (!(await isIsolated(order.readOnly))) {
    process.exitCode = NOT_ISOLATED;
    return;
  }
  process.stdout.write(renderReviewFile(await review(order)));
}

async function isIsolated(readOnly: readonly string[]): Promise<boolean> {
  const isWritable = async (folder: string): Promise<boolean> =>
    await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    );
  const writable = await Promise.all(readOnly.map(isWritable));
  return (
    Object.keys(networkInterfaces()).every((name) => name === 'lo') &&
    Object.keys(process.env).every((name) => name === 'PATH') &&
    process.pid === 1 &&
    !writable.includes(true)
  );
}
