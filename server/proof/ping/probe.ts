import { send } from '../../src/testing/http-client.ts';

// A process of its own: the load would delay what it measures.
const [url = '', seconds = ''] = process.argv.slice(2);
const intervalMilliseconds = 50;

/** Asks /ping on new connections, and passes the longest of all answers on, in milliseconds. */
async function probe(): Promise<void> {
  const end = performance.now() + Number(seconds) * 1000;
  let worst = 0;
  while (performance.now() < end) {
    const started = performance.now();
    const { status } = await send(url, { path: '/ping', headers: { connection: 'close' } });
    if (status !== 200) throw new Error(`/ping answered ${status}`);
    worst = Math.max(worst, performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, intervalMilliseconds));
  }
  process.send?.(worst);
}

await probe();
