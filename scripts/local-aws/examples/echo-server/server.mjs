/** A model server in plain Node: it answers with its release id and the request's body. `fail 503` and `crash` do what they say. */
import { createServer } from 'node:http';

const release = process.env.RELEASE_ID ?? '';
const server = createServer((request, response) => {
  if (request.url === '/ping') return response.writeHead(process.env.UNHEALTHY ? 503 : 200).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    if (text === 'crash') process.exit(3);
    const status = Number(/^fail (\d+)/.exec(text)?.[1] ?? 200);
    const given = request.headers['x-amzn-sagemaker-custom-attributes'];
    const headers = {
      'content-type': request.headers['content-type'] ?? 'text/plain',
      'x-amzn-sagemaker-custom-attributes': ['release-id=' + release, given].filter(Boolean).join(';'),
    };
    response.writeHead(status, headers).end(text);
  });
});
server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
