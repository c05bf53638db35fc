import { spawn } from 'node:child_process';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

/** A request that came in, as a policy simulator needs to know it. */
export interface MotoCall {
  /** The service and the access key of the signature. */
  readonly service: string;
  readonly accessKeyId: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A running moto server. */
export interface Moto {
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly calls: readonly MotoCall[];
  /** What points an AWS client at it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts a moto server on an ephemeral port.
 *
 * @param account the account of every request; without it, that of the header x-moto-account-id counts, else 123456789012
 * @throws Error when it ends before it listens.
 */
export async function startMoto(region = 'eu-central-1', account?: string): Promise<Moto> {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
    env: account === undefined ? process.env : { ...process.env, MOTO_ACCOUNT_ID: account },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines: string[] = [];
  const target = await new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error('moto_server could not be started', { cause })));
    child.once('close', (code) =>
      reject(new Error(`moto_server ended with exit code ${String(code)} before it listened:\n${lines.join('\n')}`)),
    );
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const listening = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
    });
  });
  const front = await startFront(new URL(target));
  return {
    url: front.url,
    calls: front.calls,
    environment: {
      AWS_ENDPOINT_URL: front.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    close: async () => {
      await front.close();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What the front keeps in place of moto. */
interface Kept {
  /** Bucket policies by path. */
  readonly policies: Map<string, string>;
  /** Keys of log groups by name; null where a group has lost its key. */
  readonly logKeys: Map<string, string | null>;
}

// moto takes a Deny of a bucket policy for unconditional, so that `aws:SecureTransport = false` would close the bucket to
// everybody. And it can't change the key of a log group. The front keeps both itself and lets everything else through.
async function startFront(target: URL): Promise<Pick<Moto, 'url' | 'calls' | 'close'>> {
  const kept: Kept = { policies: new Map(), logKeys: new Map() };
  const calls: MotoCall[] = [];
  const server = createServer((request, response) => {
    answer(target, kept, calls, request, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front of moto has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  target: URL,
  { policies, logKeys }: Kept,
  calls: MotoCall[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const call = readCall(request, body);
  calls.push(call);
  const url = new URL(call.url, target);
  const isBucketPolicy = call.service === 's3' && url.searchParams.has('policy');
  // Clients write /BUCKET and /BUCKET/.
  const bucket = url.pathname.replace(/\/$/, '');
  if (url.pathname === '/moto-api/reset') policies.clear();
  if (isBucketPolicy && request.method === 'PUT') {
    policies.set(bucket, call.body);
    response.writeHead(204).end();
  } else if (isBucketPolicy && request.method === 'DELETE') {
    policies.delete(bucket);
    response.writeHead(204).end();
  } else if (isBucketPolicy && policies.has(bucket)) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(policies.get(bucket));
  } else if (call.service === 'logs' && answerLogKey(call, logKeys)) {
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
  } else if (call.headers['x-amz-target'] === 'Logs_20140328.DescribeLogGroups' && logKeys.size > 0) {
    const { headers } = request;
    const answered = await fetch(url, { method: 'POST', headers: textHeaders(headers), body: call.body });
    const text = withLogKeys(await answered.text(), logKeys);
    response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.1' }).end(text);
  } else {
    await forward(target, request, body, response);
  }
}

const keyChange = z.object({ logGroupName: z.string(), kmsKeyId: z.string().nullable().default(null) });

/** Whether a call changes the key of a log group, which is then kept. */
function answerLogKey({ headers, body }: MotoCall, logKeys: Kept['logKeys']): boolean {
  if (!/\.(?:Associate|Disassociate)KmsKey$/.test(headers['x-amz-target'] ?? '')) return false;
  const { logGroupName, kmsKeyId } = keyChange.parse(JSON.parse(body));
  logKeys.set(logGroupName, kmsKeyId);
  return true;
}

const logGroups = z.looseObject({ logGroups: z.array(z.looseObject({ logGroupName: z.string() })) });

function withLogKeys(text: string, logKeys: Kept['logKeys']): string {
  const found = logGroups.safeParse(JSON.parse(text));
  if (!found.success) return text;
  const groups = found.data.logGroups.map(({ kmsKeyId, ...group }) => {
    const key = logKeys.has(group.logGroupName) ? logKeys.get(group.logGroupName) : kmsKeyId;
    return { ...group, ...(typeof key === 'string' && { kmsKeyId: key }) };
  });
  return JSON.stringify({ ...found.data, logGroups: groups });
}

/** The headers that fetch doesn't set itself. */
function textHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      /^(?:host|connection|content-length|expect|transfer-encoding)$/.test(name) || value === undefined
        ? []
        : [[name, String(value)] as const],
    ),
  );
}

function readCall(request: IncomingMessage, body: Buffer): MotoCall {
  const scope = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '');
  return {
    service: scope?.[2] ?? '',
    accessKeyId: scope?.[1] ?? '',
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: body.toString('utf8'),
  };
}

async function forward(target: URL, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  await new Promise<void>((resolve, reject) => {
    const outgoing = httpRequest(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (incoming) => {
        response.writeHead(incoming.statusCode ?? 502, incoming.headers);
        incoming.pipe(response).once('finish', resolve).once('error', reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
