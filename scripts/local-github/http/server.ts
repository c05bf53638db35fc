import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { ApiError, notFound } from '../core/api-error.ts';
import type { Call, Context } from '../core/context.ts';
import { faultAnswer, takeFault, type Fault } from './faults.ts';
import { gitRequestOf, serveGit } from './git-http.ts';
import { answerGraphql } from './graphql.ts';
import { HANDLERS } from '../handlers/index.ts';
import { SERVED_OPERATIONS, type OperationId } from '../openapi/served-operations.ts';
import type { Operation } from '../openapi/validator.ts';
import { pageOf } from './pages.ts';
import { createRouter } from './route.ts';
import { checkGranted, type Tokens } from '../core/tokens.ts';

/** A handled call, for the log and for tests. */
export interface CallRecord {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationId | 'graphql' | 'git' | null;
  readonly actor: string | null;
  readonly status: number;
  /** How the request or the response violates GitHub's OpenAPI description. */
  readonly problem?: string;
}

export interface ServerOptions {
  /** Available once the server listens, as URLs contain its port. */
  readonly context: () => Context;
  readonly tokens: Tokens;
  readonly operations: readonly Operation[];
  readonly faults: Fault[];
  readonly record: (call: CallRecord) => void;
  /** Handles requests outside the API: the OIDC provider, and archives of artifacts as bytes. */
  readonly other: (url: URL, request: IncomingMessage) => Promise<unknown>;
}

/** The HTTP server: REST and GraphQL under `/api`, git under `/OWNER/REPO.git`. */
export function createGithubServer(options: ServerOptions): Server {
  const route = createRouter(options.operations);
  return createServer((request, response) => {
    serve(options, route, request, response).catch((error: unknown) => {
      options.record({
        method: request.method ?? '',
        path: request.url ?? '',
        operation: null,
        actor: null,
        status: 500,
        problem: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      if (!response.headersSent) send(response, 500, { message: String(error) });
      else response.destroy();
    });
  });
}

async function serve(
  options: ServerOptions,
  route: ReturnType<typeof createRouter>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { tokens, record } = options;
  const context = options.context();
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', context.serverUrl);
  const git = gitRequestOf(method, url, context.state.owner, context.state.repo);
  if (git !== undefined) {
    await serveGit(context, tokens, git, request, response);
    const actor = tokens.find(request.headers.authorization)?.actor.login ?? null;
    record({ method, path: url.pathname, operation: 'git', actor, status: response.statusCode });
    return;
  }
  const other = await options.other(url, request);
  if (other instanceof Uint8Array) {
    response.writeHead(200, { 'content-type': 'application/zip' }).end(other);
    return;
  }
  if (other !== undefined) {
    send(response, 200, other);
    return;
  }
  const body = await readText(request);
  const grant = tokens.find(request.headers.authorization);
  const call = { method, path: url.pathname + url.search, actor: grant?.actor.login ?? null };
  if (url.pathname === '/api/graphql' && method === 'POST' && grant !== undefined) {
    send(response, 200, answerGraphql(context, grant, parseJson(body)));
    record({ ...call, operation: 'graphql', status: 200 });
    return;
  }
  const match = url.pathname.startsWith('/api/') ? route(method, url.pathname.slice('/api'.length)) : undefined;
  const id = match?.operation.id ?? null;
  const fault = id === null ? undefined : takeFault(options.faults, id);
  if (fault !== undefined && fault.afterwards !== true) {
    fail(response, fault);
    record({ ...call, operation: id, status: response.statusCode, problem: `injected: ${fault.kind}` });
    return;
  }
  try {
    if (grant === undefined)
      throw new ApiError(
        401,
        call.actor === null && request.headers.authorization === undefined
          ? 'Requires authentication'
          : 'Bad credentials',
      );
    if (match === undefined) {
      throw new ApiError(404, 'Not Found', {
        local_github: `${method} ${url.pathname} is not served; see served-operations.ts`,
      });
    }
    checkRepository(context, match.path);
    checkGranted(grant, SERVED_OPERATIONS[match.operation.id]);
    const answer = await HANDLERS[match.operation.id](
      context,
      decode(match.operation, match.path, url, body, grant.actor),
    );
    const problem = match.operation.answerProblem(answer.status, answer.body);
    if (problem !== undefined)
      throw new Error(`The response of ${match.operation.id} violates GitHub's OpenAPI description: ${problem}`);
    if (fault !== undefined) {
      fail(response, fault);
      record({
        ...call,
        operation: id,
        status: response.statusCode,
        problem: `injected after the call: ${fault.kind}`,
      });
      return;
    }
    if (Array.isArray(answer.body)) {
      const page = pageOf(answer.body, url);
      send(response, answer.status, page.items, page.link === undefined ? {} : { link: page.link });
    } else {
      send(response, answer.status, answer.body, answer.headers);
    }
    record({ ...call, operation: id, status: answer.status });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    send(response, error.status, error.body, error.headers);
    record({ ...call, operation: id, status: error.status, problem: error.message });
  }
}

function decode(
  operation: Operation,
  path: Record<string, string>,
  url: URL,
  body: string,
  actor: Call['actor'],
): Call {
  const parameters = operation.parameters(path, Object.fromEntries(url.searchParams));
  if (typeof parameters === 'string') throw new ApiError(422, `Invalid request.\n\n${parameters}`);
  const parsed = body === '' ? undefined : parseJson(body);
  if (body !== '' && parsed === undefined) throw new ApiError(400, 'Problems parsing JSON');
  const problem = operation.bodyProblem(parsed);
  if (problem !== undefined) throw new ApiError(422, `Invalid request.\n\n${problem}`);
  const members = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return { actor, path: parameters.path, query: parameters.query, body: Object.fromEntries<unknown>(members) };
}

// As on GitHub, a token cannot detect other repositories.
function checkRepository({ state }: Context, path: Readonly<Record<string, string>>): void {
  const same = (a: string | undefined, b: string): boolean => a === undefined || a.toLowerCase() === b.toLowerCase();
  if (!same(path['owner'], state.owner) || !same(path['repo'], state.repo)) throw notFound();
}

function fail(response: ServerResponse, fault: Fault): void {
  const answer = faultAnswer(fault);
  if (answer === undefined) response.destroy();
  else send(response, answer.status, { message: answer.message }, answer.headers);
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const shared = { 'x-github-request-id': 'LOCAL', 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '999' };
  if (body === undefined) {
    response.writeHead(status, { ...shared, ...headers }).end();
    return;
  }
  response
    .writeHead(status, { ...shared, 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(body));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
