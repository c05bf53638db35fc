import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createAccount, learn, type KnownAccount } from './reality-account.ts';
import { readCall, type AwsCall } from './reality-call.ts';
import { renderRefusal } from './reality-refusal.ts';
import { missingRights, REALITY } from './reality-rules.ts';

/** A front of a local AWS that refuses what AWS documents and moto lets pass. */
export interface Reality {
  readonly url: string;
  /** What was refused so far: the rule, its source and the call. */
  readonly refusals: readonly { readonly rule: string; readonly source: string; readonly call: string }[];
  /** What the execution role of an endpoint config lacks now; empty where a fleet of it can still be scaled out. */
  missingRights(configName: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Starts the front on an ephemeral port of the loopback interface. */
export async function startReality(target: string): Promise<Reality> {
  const account = createAccount();
  const refusals: { rule: string; source: string; call: string }[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(502);
      response.end(String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const call = readCall(request, body.toString('utf8'));
    const refused = call === undefined ? undefined : await judge(call, account);
    if (call !== undefined && refused !== undefined) {
      refusals.push({ rule: refused.rule, source: refused.source, call: `${call.service} ${call.operation}` });
      const { type, body: text } = renderRefusal(call, refused.refusal);
      response.writeHead(400, { 'content-type': type, 'x-amzn-errortype': refused.refusal.code }).end(text);
      return;
    }
    const { status, headers, text } = await forward(new URL(target), request, body);
    if (call !== undefined && status < 300) learn(account, call, text.toString('utf8'));
    response.writeHead(status, headers).end(text);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front of the local AWS has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    refusals,
    missingRights: async (configName) => await missingRights(account, configName),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function judge(call: AwsCall, account: KnownAccount) {
  for (const { name, source, calls, judge: decide } of REALITY) {
    if (!calls.includes(`${call.service} ${call.operation}`)) continue;
    const refusal = await decide(call, account);
    if (refusal !== undefined) return { rule: name, source, refusal };
  }
  return undefined;
}

async function forward(
  target: URL,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly text: Buffer }> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({ host: target.hostname, port: target.port, method, path: url, headers }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
  return { status: incoming.statusCode ?? 502, headers: incoming.headers, text: await buffer(incoming) };
}
