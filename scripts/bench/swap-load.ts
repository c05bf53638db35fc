import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** What the load saw, one entry per request in each column; times are milliseconds since the Unix epoch. */
export interface LoadRecord {
  readonly startedAt: number[];
  readonly milliseconds: number[];
  /** The release that answered; empty for a failure. */
  readonly release: string[];
  readonly failures: string[];
}

/** Sends InvokeEndpoint requests over keep-alive connections until told to stop, each connection one after the other. */
async function load(url: string, region: string, endpointName: string, connections: number): Promise<LoadRecord> {
  const record: LoadRecord = { startedAt: [], milliseconds: [], release: [], failures: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let running = true;
  process.once('message', () => {
    running = false;
  });
  const body = '{"features":[1.2,3.4,5.6]}';
  const ask = async (): Promise<void> => {
    while (running) {
      const [wall, start] = [Date.now(), performance.now()];
      const { release, failure } = await invoke(agent, region, `${url}/endpoints/${endpointName}/invocations`, body);
      record.startedAt.push(wall);
      record.milliseconds.push(performance.now() - start);
      record.release.push(release);
      if (failure !== undefined) record.failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  agent.destroy();
  return record;
}

async function invoke(
  agent: Agent,
  region: string,
  url: string,
  body: string,
): Promise<{ release: string; failure?: string }> {
  return await new Promise((resolve) => {
    const outgoing = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          // The signing scope says which service is meant; the local AWS does not check signatures.
          authorization: `AWS4-HMAC-SHA256 Credential=AKIALOAD/20260131/${region}/sagemaker/aws4_request, SignedHeaders=host, Signature=0`,
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const attributes = String(response.headers['x-amzn-sagemaker-custom-attributes'] ?? '');
          const release = /release-id=([0-9a-f]{12})/.exec(attributes)?.[1] ?? '';
          const isGood = response.statusCode === 200 && release !== '' && text.includes('prediction');
          resolve(
            isGood ? { release } : { release: '', failure: `${String(response.statusCode)} ${text.slice(0, 200)}` },
          );
        });
      },
    );
    outgoing.on('error', (error) => resolve({ release: '', failure: error.message }));
    outgoing.end(body);
  });
}

if (process.argv[1] === import.meta.filename) {
  const [url = '', region = '', endpointName = '', connections = '', output = ''] = process.argv.slice(2);
  const record = await load(url, region, endpointName, Number(connections));
  writeFileSync(output, JSON.stringify(record));
  process.disconnect();
}
