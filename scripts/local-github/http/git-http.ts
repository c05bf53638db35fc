import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Context } from '../core/context.ts';
import { emitPush, ZERO } from '../handlers/pulls.ts';
import { isGranted, type Tokens } from '../core/tokens.ts';

type Service = 'git-upload-pack' | 'git-receive-pack';

/** A request of a git client; undefined for any other. */
export function gitRequestOf(
  method: string,
  url: URL,
  owner: string,
  repo: string,
): { readonly service: Service; readonly advertise: boolean } | undefined {
  const prefix = `/${owner}/${repo}`;
  if (!url.pathname.startsWith(prefix)) return undefined;
  const rest = url.pathname.slice(prefix.length).replace(/^\.git(?=\/)/, '');
  const named = rest === '/info/refs' && method === 'GET' ? url.searchParams.get('service') : rest.slice(1);
  if (named !== 'git-upload-pack' && named !== 'git-receive-pack') return undefined;
  if (rest !== '/info/refs' && method !== 'POST') return undefined;
  return { service: named, advertise: rest === '/info/refs' };
}

/**
 * Serves a git client over HTTP (https://git-scm.com/docs/http-protocol): fetching needs `contents: read`, pushing
 * `contents: write`. A push emits its event when it is complete.
 */
export async function serveGit(
  context: Context,
  tokens: Tokens,
  { service, advertise }: { readonly service: Service; readonly advertise: boolean },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const grant = tokens.find(request.headers.authorization);
  if (grant === undefined) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="local GitHub"' }).end('authentication required\n');
    return;
  }
  if (!isGranted(grant, [service === 'git-receive-pack' ? 'contents:write' : 'contents:read'])) {
    response.writeHead(403).end('Permission to the repository denied to this token.\n');
    return;
  }
  const before = service === 'git-receive-pack' && !advertise ? await context.git.refs('refs/heads') : undefined;
  const protocol = request.headers['git-protocol'];
  const child = spawn(
    'git',
    [
      service.slice('git-'.length),
      '--stateless-rpc',
      ...(advertise ? ['--advertise-refs'] : []),
      context.git.directory,
    ],
    {
      env: { ...process.env, ...(typeof protocol === 'string' ? { GIT_PROTOCOL: protocol } : {}) },
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  response.writeHead(200, {
    'content-type': `application/x-${service}-${advertise ? 'advertisement' : 'result'}`,
    'cache-control': 'no-cache',
  });
  if (advertise) response.write(`${packetLine(`# service=${service}\n`)}0000`);
  child.stdin.on('error', () => undefined);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const input =
    request.headers['content-encoding'] === 'gzip'
      ? pipeline(request, createGunzip(), child.stdin)
      : pipeline(request, child.stdin);
  await Promise.all([input.catch(() => undefined), pipeline(child.stdout, response, { end: false }), closed]);
  // Emit before the response ends, so that the client continues after the event.
  if (before !== undefined) {
    const after = await context.git.refs('refs/heads');
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const [old, now] = [before.get(name) ?? ZERO, after.get(name) ?? ZERO];
      if (old !== now) await emitPush(context, name, old, now, grant.actor);
    }
  }
  response.end();
}

function packetLine(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}
