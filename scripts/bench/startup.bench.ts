import { connect } from 'node:net';
import { serverBundle } from '../../server/src/testing/server-process.ts';
import { median, ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atMost } from './claims.ts';
import { prepareLinearModel } from './linear-model.ts';
import { processTree } from '../../server/src/testing/process-inspection.ts';
import { freePort, type Command, spawnPeer } from './processes.ts';
import { uvicorn } from './python.ts';

const family: BenchFamily = { summary: 'from starting the process to the first 200 on /ping', run };
export default family;

const blog = 'FastAPI + scikit-learn as published';

// Written out as JavaScript: a loader for TypeScript would cost more than the rest.
const bareHttp = `require('node:http').createServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1')`;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const { joblibFile } = await prepareLinearModel(context);
  const commands: Readonly<Record<string, Command>> = {
    'this server': {
      executable: process.execPath,
      arguments: [serverBundle, 'serve'],
      environment: { MODEL_DIR: context.scratchDirectory, HOST: '127.0.0.1' },
    },
    ...(joblibFile === undefined
      ? {}
      : { [blog]: uvicorn({ application: 'blog', workers: 1, modelFile: joblibFile }) }),
    'bare node:http': { executable: process.execPath, arguments: ['-e', bareHttp] },
  };
  const times = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let round = -1; round < Math.max(5, context.rounds); round += 1) {
    for (const [name, command] of Object.entries(commands)) {
      const milliseconds = await millisecondsToPing(command);
      if (round >= 0) times.get(name)?.push(milliseconds);
    }
  }
  const of = (name: string): number | undefined => {
    const measured = times.get(name);
    return measured === undefined ? undefined : median(measured);
  };
  context.report(
    [
      '\n| server | ms to the first 200 on /ping |',
      '|---|---:|',
      ...[...times.keys()].map((name) => `| ${name} | ${(of(name) ?? 0).toFixed(0)} |`),
      '',
    ].join('\n'),
  );
  return [
    atMost('cold start against FastAPI + scikit-learn as published', ratio(of('this server'), of(blog)), 1 / 6),
    atMost('cold start against a bare node:http server', ratio(of('this server'), of('bare node:http')), 2),
  ];
}

async function millisecondsToPing(command: Command): Promise<number> {
  const port = await freePort();
  const started = performance.now();
  const child = spawnPeer(command, port);
  child.stderr.resume();
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  try {
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null || performance.now() - started > 60_000)
        throw new Error(`${command.executable} ${command.arguments.join(' ')} does not become healthy`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return performance.now() - started;
  } finally {
    for (const pid of processTree(child.pid ?? 0).reverse()) process.kill(pid, 'SIGKILL');
    await exited;
  }
}

/** Asks /ping on a socket of its own, which costs this process less than a client library. */
function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    );
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1').startsWith('HTTP/1.1 200'));
    });
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('end', () => {
      resolve(false);
    });
  });
}
