import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCommandLine, parseWholeNumber, runCommand } from '../../../scripts/command-line.ts';
import { renderTable } from '../../../scripts/text-table.ts';
import { startServer, waitUntilReady } from '../../src/testing/server-process.ts';
import { pingLoads, type PingLoad } from './loads.ts';

const usage = 'usage: npm run ping-proof [-- --seconds N]   N: length of each load, 5 without it';

/** SageMaker wants an answer to /ping within 2 s. The server promises one within this time under any load. */
const limitMilliseconds = 250;

await runCommand('npm run ping-proof', usage, async () => {
  const { values } = parseCommandLine({ options: { seconds: { type: 'string', default: '5' } } });
  const seconds = parseWholeNumber('--seconds', values.seconds, 1);
  const rows: { readonly name: string; readonly worst: number }[] = [];
  for (const load of pingLoads) rows.push({ name: load.name, worst: await worstPing(load, seconds) });
  const cells = rows.map(({ name, worst }) => [name, worst.toFixed(1), worst <= limitMilliseconds ? 'ok' : 'TOO SLOW']);
  console.log(renderTable(['load', 'worst /ping in ms', 'result'], cells));
  const worst = Math.max(...rows.map((row) => row.worst));
  console.log(
    `\nworst /ping of ${seconds} s under each of ${rows.length} loads: ${worst.toFixed(1)} ms, at most ${limitMilliseconds} ms`,
  );
  process.exitCode = worst <= limitMilliseconds ? 0 : 1;
});

async function worstPing({ model, environment, run }: PingLoad, seconds: number): Promise<number> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ping-'));
  try {
    await writeFile(path.join(directory, 'model.onnx'), model());
    const server = await startServer({
      modelDirectory: directory,
      environment: { LOG_REQUESTS: 'none', ...environment },
    });
    try {
      await waitUntilReady(server.url);
      let isOver = false;
      const load = run(server, () => isOver);
      const probe = probeFor(server.url, seconds).finally(() => (isOver = true));
      const [worst] = await Promise.all([probe, load]);
      return worst;
    } finally {
      await server.stop();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function probeFor(url: string, seconds: number): Promise<number> {
  const probe = fork(path.join(import.meta.dirname, 'probe.ts'), [url, String(seconds)], {
    execArgv: ['--import', './scripts/typescript.js'],
  });
  const exited = once(probe, 'exit').then(([code]) => {
    throw new Error(`the probe ended with ${String(code)} before it had measured`);
  });
  const [worst] = (await Promise.race([once(probe, 'message'), exited])) as [number];
  exited.catch(() => undefined);
  return worst;
}
