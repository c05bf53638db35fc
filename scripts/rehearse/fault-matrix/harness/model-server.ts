import type { FakeBehaviour } from '@sagemaker-gitops/local-aws';
import type { ContainerAnswer } from './containers.ts';

/** Behaviour of a model server process; times are real. */
export interface ServedModel {
  readonly answer: ContainerAnswer;
  readonly container: Omit<FakeBehaviour, 'answer'>;
}

/**
 * The source of a model server for an image: the same linear model as the fake containers, with the
 * same faults. Small, because a row starts four of them.
 */
export function modelServerSource({ answer, container }: ServedModel): string {
  // JSON has no Infinity.
  const healthyAfter = Math.min(container.healthyAfterMilliseconds ?? 0, 2 ** 31 - 1);
  return `
import { createServer } from 'node:http';
const answer = ${JSON.stringify(answer)};
const crashAfter = ${JSON.stringify(container.invocationsBeforeCrash ?? null)};
const healthyAt = Date.now() + ${String(healthyAfter)};
const releaseId = answer.releaseId === undefined ? process.env.RELEASE_ID : answer.releaseId;
const said = [
  ...(releaseId === null ? [] : ['release-id=' + releaseId]),
  ...(answer.modelDigest === undefined ? [] : ['model-digest=' + answer.modelDigest]),
];
const attributes = said.length === 0 ? {} : { 'x-amzn-sagemaker-custom-attributes': said.join(';') };
const headers = { 'content-type': answer.body?.contentType ?? 'application/json', ...attributes };
const weights = answer.weights ?? [2, -1, 0.5];
let invocations = 0;
const respond = (response, status, body) => {
  setTimeout(() => response.writeHead(status, headers).end(body), answer.latencyMilliseconds ?? 0);
};
const server = createServer((request, response) => {
  if (request.url === '/ping') return response.writeHead(Date.now() < healthyAt ? 503 : 200).end();
  let text = '';
  request.on('data', (chunk) => (text += chunk));
  request.on('end', () => {
    if (crashAfter !== null && invocations++ >= crashAfter) process.exit(1);
    const { features } = JSON.parse(text);
    if (features.length !== 3) return respond(response, 422, '{"title":"3 features"}');
    if ((answer.status ?? 200) !== 200) return respond(response, answer.status, '{"title":"broken"}');
    if (answer.body !== undefined) return respond(response, 200, Buffer.from(answer.body.base64, 'base64'));
    const sum = weights.reduce((total, weight, index) => total + weight * features[index], 3 + (answer.offset ?? 0));
    respond(response, 200, JSON.stringify({ prediction: [sum] }));
  });
});
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.SAGEMAKER_BIND_TO_PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
}
