import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/** Ends the instances of a local AWS that was killed before it could end them itself. */
export interface OrphanGuard {
  /** Takes a process, which leads a group of its own, into its care. */
  watch(pid: number): void;
  /** The process has ended: its number may be another's soon. */
  release(pid: number): void;
  close(): void;
}

// A shell, because it is there on every system that runs instances, and is small. Its input ends when this process does,
// however that happens; no handler of ours would run after SIGKILL.
const SCRIPT = `
pids=
while read -r what pid; do
  case $what in
    watch) pids="$pids $pid" ;;
    release) rest=; for one in $pids; do [ "$one" = "$pid" ] || rest="$rest $one"; done; pids=$rest ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null; done
`;

/** A guard that starts with the first process it watches. */
export function createOrphanGuard(): OrphanGuard {
  let shell: ChildProcess | undefined;
  const tell = (line: string): void => {
    shell ??= start();
    shell.stdin?.write(`${line}\n`);
  };
  return {
    watch: (pid) => {
      tell(`watch ${String(pid)}`);
    },
    release: (pid) => {
      if (shell !== undefined) tell(`release ${String(pid)}`);
    },
    close: () => {
      shell?.stdin?.end();
    },
  };
}

function start(): ChildProcess {
  // A group of its own: whatever ends the whole group of the local AWS must leave the guard to its work.
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell there is no guard, and instances end as they did: by an orderly end of the local AWS.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  // The pipe alone would keep this process running.
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return shell;
}
