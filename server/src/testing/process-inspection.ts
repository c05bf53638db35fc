import { readdirSync, readFileSync } from 'node:fs';

/** A process and all its descendants; only itself where there is no /proc. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of tryList('/proc')) {
    const pid = Number(name);
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined;
    if (fields !== undefined) parents.set(pid, Number(fields[1]));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

/** CPU time that a process and its living descendants have used, in microseconds; NaN where there is no /proc. */
export function cpuMicroseconds(root: number): number {
  const ticks = processTree(root).map((pid) => {
    const fields = statFields(pid);
    return fields === undefined ? Number.NaN : Number(fields[11]) + Number(fields[12]);
  });
  // proc(5): utime and stime count clock ticks, of which Linux shows 100 a second to user space.
  return ticks.reduce((total, value) => total + value, 0) * 10_000;
}

/** Resident memory of a process and its descendants in MiB, shared pages counted once (proportional set size). */
export function residentMebibytes(root: number): number {
  const kibibytes = processTree(root).map((pid) => {
    const match = /^Pss:\s+(\d+) kB$/m.exec(tryRead(`/proc/${pid}/smaps_rollup`));
    return match === null ? Number.NaN : Number(match[1]);
  });
  return kibibytes.reduce((total, value) => total + value, 0) / 1024;
}

// proc(5): the second field, the name in parentheses, may hold spaces; what follows it does not.
function statFields(pid: number): string[] | undefined {
  const stat = tryRead(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function tryList(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** How many files and sockets a process holds open; NaN where there is no /proc. */
export function openFileDescriptors(pid: number): number {
  const names = tryList(`/proc/${pid}/fd`);
  return names.length === 0 ? Number.NaN : names.length;
}

/** The share of all processors' time, from 0 to 1, that was not idle during some seconds; NaN where there is no /proc. */
export async function busyShare(seconds: number): Promise<number> {
  const before = processorTicks();
  await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
  const after = processorTicks();
  return (after.busy - before.busy) / (after.all - before.all);
}

// proc(5), /proc/stat: user nice system idle iowait irq softirq steal, in clock ticks; guest time is in user already.
function processorTicks(): { busy: number; all: number } {
  const line = tryRead('/proc/stat').split('\n')[0] ?? '';
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((total, value) => total + value, 0);
  return { busy: all - (ticks[3] ?? Number.NaN) - (ticks[4] ?? Number.NaN), all };
}
