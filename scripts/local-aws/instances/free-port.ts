import { createServer } from 'node:net';

// Below the range from which Linux takes ports of outgoing connections (32768 and up), so that no client socket
// can take a port between the test and the start of the instance.
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;

const reserved = new Set<number>();

/** A loopback port that nothing listens on, reserved in this process until released. @throws after 200 attempts. */
export async function reservePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (reserved.has(port)) continue;
    reserved.add(port);
    if (await isFree(port)) return port;
    reserved.delete(port);
  }
  throw new Error(`no free port found between ${LOWEST_PORT} and ${HIGHEST_PORT} for an instance`);
}

export function releasePort(port: number): void {
  reserved.delete(port);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '0.0.0.0', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
