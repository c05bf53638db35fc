import { join } from 'node:path';
import { send } from '../../server/src/testing/http-client.ts';
import type { BenchContext } from './bench.ts';
import { runLoad } from './load.ts';
import type { Running } from './processes.ts';

const overload = { connections: 400, probeEveryMilliseconds: 50 } as const;

/** The longest that /ping takes on a new connection, in milliseconds, while many more requests wait than can be run. */
export async function worstPingUnderLoad(
  context: BenchContext,
  start: () => Promise<Running>,
  bodies: readonly string[],
): Promise<number> {
  const server = await start();
  try {
    const load = runLoad(server, {
      path: '/invocations',
      bodies,
      connections: overload.connections,
      seconds: context.short ? 4 : 12,
      scratchFile: join(context.scratchDirectory, 'bodies.txt'),
    });
    let finished = false;
    const ended = load.finally(() => (finished = true));
    const times: number[] = [];
    // Bound to `load` by `ended`: a failure of the load ends the probing too.
    while (!(finished as boolean)) {
      const started = performance.now();
      const { status } = await send(server.url, { path: '/ping', headers: { connection: 'close' } });
      if (status !== 200) throw new Error(`/ping answered ${status} under load`);
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, overload.probeEveryMilliseconds));
    }
    await ended;
    const worst = Math.max(...times);
    context.report(
      `/ping while ${overload.connections} connections are busy: worst ${worst.toFixed(1)} ms of ${times.length}`,
    );
    return worst;
  } finally {
    await server.stop();
  }
}
