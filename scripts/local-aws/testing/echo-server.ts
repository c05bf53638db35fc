/** A small model server in plain Node for test images: it says who it is, echoes, and fails when asked to. */
export const ECHO_SERVER = `
import { createServer } from 'node:http';
const release = process.env.RELEASE_ID ?? '';
const server = createServer((request, response) => {
  if (request.url === '/ping') return response.writeHead(process.env.UNHEALTHY ? 503 : 200).end();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    const asked = Number(/^fail (\\d+)/.exec(text)?.[1] ?? 200);
    if (text === 'crash') process.exit(3);
    const attributes = ['release-id=' + release, request.headers['x-amzn-sagemaker-custom-attributes']].filter(Boolean).join(';');
    const headers = { 'content-type': request.headers['content-type'] ?? 'text/plain', 'x-amzn-sagemaker-custom-attributes': attributes };
    response.writeHead(asked, headers).end(text);
  });
});
server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
