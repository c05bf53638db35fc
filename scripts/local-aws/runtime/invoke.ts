import type { InvokeEndpointInput, InvokeEndpointOutput } from '../api-models/sagemaker-runtime.types.ts';
import { arnIn } from '../core/place.ts';
import { InvocationFailure, type InvocationResponse } from '../instances/launcher.ts';
import type { SageMakerDependencies } from '../sagemaker/dependencies.ts';
import { keyOf, type Endpoint } from '../sagemaker/state.ts';
import { AwsError } from '../wire/aws-error.ts';
import { routeTraffic, type Route } from './route-traffic.ts';

/** A container has 60 s to answer an invocation (developer guide, "How containers serve requests"). */
const INVOCATION_TIMEOUT_MILLISECONDS = 60_000;
const TIMEOUT_MESSAGE =
  'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';

const validationError = (message: string) => new AwsError('ValidationError', message);

/** Sends one invocation to an instance of the endpoint and answers as the SageMaker runtime does. */
export async function invokeEndpoint(
  dependencies: SageMakerDependencies,
  input: InvokeEndpointInput,
): Promise<InvokeEndpointOutput> {
  const arrivedAt = process.hrtime.bigint();
  const arrivalTime = dependencies.clock.now();
  const endpoint = requireInvocable(dependencies, input);
  const route = routeTraffic(endpoint, input.TargetVariant, dependencies.random);
  if (route === undefined) {
    throw new AwsError('ServiceUnavailable', `No instance of endpoint ${endpoint.name} can answer now.`, 503);
  }
  const sentAt = process.hrtime.bigint();
  let status = 0;
  try {
    const response = await send(route, input);
    status = response.status;
    if (status < 200 || status > 299)
      throw modelError(dependencies, endpoint, route, status, response.body.toString('utf8'));
    const variantName = route.variant.name;
    dependencies.capture(route.fleet.dataCapture, { endpoint, variantName, arrivedAt: arrivalTime, input, response });
    return answer(route, response);
  } catch (error) {
    if (!(error instanceof InvocationFailure)) throw error;
    const message = error.kind === 'timeout' ? TIMEOUT_MESSAGE : error.message;
    throw modelError(dependencies, endpoint, route, 0, message, error);
  } finally {
    const finishedAt = process.hrtime.bigint();
    const modelLatency = Number(finishedAt - sentAt) / 1000;
    dependencies.onInvocation({
      endpointName: endpoint.name,
      variantName: route.variant.name,
      configName: route.fleet.configName,
      status,
      modelLatencyMicroseconds: modelLatency,
      overheadLatencyMicroseconds: Number(finishedAt - arrivedAt) / 1000 - modelLatency,
    });
  }
}

function requireInvocable({ state }: SageMakerDependencies, input: InvokeEndpointInput): Endpoint {
  const endpoint = state.endpoints.get(keyOf(input.EndpointName));
  if (endpoint?.serving === undefined || endpoint.status === 'Deleting') {
    throw validationError(`Endpoint ${input.EndpointName} of account ${state.place.accountId} not found.`);
  }
  const refused = (
    [
      'TargetContainerHostname',
      'EnableExplanations',
      'InferenceComponentName',
      'SessionId',
    ] as const satisfies readonly (keyof typeof input)[]
  ).find((name) => input[name] !== undefined);
  if (refused !== undefined) {
    throw validationError(`${refused} is for an endpoint of another kind: ${input.EndpointName} serves one container.`);
  }
  // https://github.com/aws/amazon-sagemaker-examples/issues/1026
  if (input.TargetModel !== undefined) {
    throw validationError(
      `Endpoint ${input.EndpointName} is not a multi-model endpoint and does not support target model header.`,
    );
  }
  const names = endpoint.serving.variants.map(({ name }) => name);
  if (input.TargetVariant !== undefined && !names.includes(input.TargetVariant)) {
    throw validationError(`Variant ${input.TargetVariant} not found for endpoint ${input.EndpointName}.`);
  }
  return endpoint;
}

async function send({ instance }: Route, input: InvokeEndpointInput): Promise<InvocationResponse> {
  instance.inFlight += 1;
  try {
    return await instance.server.invoke({
      path: '/invocations',
      headers: containerHeaders(input),
      body: Buffer.from(input.Body.buffer, input.Body.byteOffset, input.Body.byteLength),
      timeoutMilliseconds: INVOCATION_TIMEOUT_MILLISECONDS,
    });
  } finally {
    instance.inFlight -= 1;
    if (instance.inFlight === 0) instance.onIdle?.();
  }
}

function containerHeaders(input: InvokeEndpointInput): Record<string, string> {
  const headers = {
    'content-type': input.ContentType,
    accept: input.Accept,
    'x-amzn-sagemaker-custom-attributes': input.CustomAttributes,
    'x-amzn-sagemaker-inference-id': input.InferenceId,
  };
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const answer = ({ variant }: Route, { body, headers }: InvocationResponse): InvokeEndpointOutput => ({
  Body: body,
  ContentType: headers['content-type'],
  InvokedProductionVariant: variant.name,
  CustomAttributes: headers['x-amzn-sagemaker-custom-attributes'],
});

function modelError(
  { state: { place } }: SageMakerDependencies,
  endpoint: Endpoint,
  { variant, instance }: Route,
  status: number,
  originalMessage: string,
  cause?: Error,
): AwsError {
  const group = `/aws/sagemaker/Endpoints/${endpoint.name}`;
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const error = new AwsError(
    'ModelError',
    `Received ${kind} error (${status}) from primary with message "${originalMessage}". See https://${place.region}.console.aws.amazon.com/cloudwatch/home?region=${place.region}#logEventViewer:group=${group} in account ${place.accountId} for more information.`,
    424,
    {
      OriginalStatusCode: status,
      OriginalMessage: originalMessage,
      LogStreamArn: arnIn(place, 'logs', `log-group:${group}:log-stream:${variant.name}/${instance.id}`),
    },
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}
