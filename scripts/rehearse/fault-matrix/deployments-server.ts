import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import { z } from 'zod';

/** A deployment as this server keeps it. */
export interface StoredDeployment {
  readonly id: number;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  /** Newest first, as GitHub lists them. */
  readonly statuses: readonly { readonly state: string; readonly description: string }[];
}

export interface DeploymentsServer {
  /** The base URL of the REST API. */
  readonly url: string;
  /** Newest first. */
  readonly deployments: readonly StoredDeployment[];
  /** Puts a deployment there as if an earlier run had recorded it. */
  record(deployment: Omit<StoredDeployment, 'id'>): void;
  /** Forgets everything. */
  clear(): void;
  /** Answers every request with this HTTP status from now on; 0 ends it. */
  failWith(status: number): void;
  close(): Promise<void>;
}

const creation = z.object({ task: z.string(), environment: z.string(), payload: z.unknown() });
const statusCreation = z.object({ state: z.string(), description: z.string().default('') });

/** GitHub's deployments API, as much of it as the ledger uses, in memory: one fault matrix row has one of its own. */
export async function startDeploymentsServer(): Promise<DeploymentsServer> {
  const deployments: (StoredDeployment & { statuses: { state: string; description: string }[] })[] = [];
  let failure = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const [, id, part] = /^\/repos\/[^/]+\/[^/]+\/deployments(?:\/(\d+)(?:\/(statuses))?)?$/.exec(url.pathname) ?? [];
    const body: unknown = request.method === 'POST' ? await readJson(request) : undefined;
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (failure !== 0) {
      send(failure, { message: 'injected' });
    } else if (id === undefined && request.method === 'POST') {
      const { task, environment, payload } = creation.parse(body);
      const stored = { id: deployments.length + 1, task, environment, payload, statuses: [] };
      deployments.unshift(stored);
      send(201, { ...stored, created_at: '2026-01-31T12:00:00Z' });
    } else if (id === undefined) {
      const environment = url.searchParams.get('environment');
      const listed = deployments.filter((stored) => environment === null || stored.environment === environment);
      send(
        200,
        listed.map((stored) => ({ ...stored, created_at: '2026-01-31T12:00:00Z' })),
      );
    } else {
      const stored = deployments.find((candidate) => candidate.id === Number(id));
      if (stored === undefined || part === undefined) {
        send(404, { message: 'Not Found' });
      } else if (request.method === 'POST') {
        const status = statusCreation.parse(body);
        stored.statuses.unshift(status);
        send(201, status);
      } else {
        send(200, stored.statuses);
      }
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    deployments,
    record: (deployment) => {
      deployments.unshift({ ...deployment, id: deployments.length + 1, statuses: [...deployment.statuses] });
    },
    clear: () => {
      deployments.length = 0;
    },
    failWith: (status) => {
      failure = status;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
