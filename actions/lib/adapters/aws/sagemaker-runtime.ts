import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { reportedModelDigest, reportedReleaseId } from '../../domain/release/reported-id.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InvocationResult, Invoker } from '../../ports/invoker.ts';
import type { AwsClientSettings } from './clients.ts';
import { classifyAwsError, describeSdkError } from './errors.ts';
import { systemClock } from '../system/system-clock.ts';

/**
 * The data plane of SageMaker endpoints: InvokeEndpoint without retries, so that every failure is seen.
 *
 * @param inferenceId - Marks every call, so that captured data can leave them out.
 */
export function createSageMakerInvoker(
  settings: AwsClientSettings,
  clock: Pick<Clock, 'monotonic'> = systemClock,
  inferenceId?: string,
): Invoker {
  const { region, credentials, requestHandler } = settings;
  const client = new SageMakerRuntimeClient({
    region,
    ...(credentials === undefined ? {} : { credentials }),
    // 70 s: SageMaker gives a container 60 s to answer, and the client has to outlast that.
    requestHandler: requestHandler ?? { requestTimeout: 70_000 },
    maxAttempts: 1,
  });
  return {
    invoke: async ({ endpointName, contentType, accept, body, timeoutMilliseconds }, signal) => {
      const timeout = timeoutMilliseconds === undefined ? undefined : AbortSignal.timeout(timeoutMilliseconds);
      const start = clock.monotonic();
      const elapsed = (): number => Math.round(clock.monotonic() - start);
      try {
        const output = await client.send(
          new InvokeEndpointCommand({
            EndpointName: endpointName,
            ContentType: contentType,
            ...(accept === undefined ? {} : { Accept: accept }),
            ...(inferenceId === undefined ? {} : { InferenceId: inferenceId }),
            Body: body,
          }),
          { abortSignal: AbortSignal.any([signal, timeout].filter((one) => one !== undefined)) },
        );
        return {
          kind: 'answered',
          status: output.$metadata.httpStatusCode ?? 200,
          releaseId: reportedReleaseId(output.CustomAttributes),
          modelDigest: reportedModelDigest(output.CustomAttributes),
          body: output.Body,
          contentType: output.ContentType,
          latencyMilliseconds: elapsed(),
        };
      } catch (error) {
        if (signal?.aborted === true) throw error;
        if (timeout?.aborted === true) {
          const message = `no answer within ${String(timeoutMilliseconds)} ms`;
          return { kind: 'failed', message, latencyMilliseconds: elapsed() };
        }
        return invocationFailure(error, elapsed());
      }
    },
  };
}

/** The model did not answer, whatever the status of the call. */
const MODEL_FAILURES = new Set(['ModelError', 'ModelNotReadyException']);

/** What an exception of InvokeEndpoint says: the container's refusal, the endpoint's failure, or a broken probe. */
export function invocationFailure(error: unknown, latencyMilliseconds: number): InvocationResult {
  const { name, message, status } = describeSdkError(error);
  // SageMaker gives the status 0 where the container did not answer in time, and may give none.
  const original = error instanceof ModelError ? (error.OriginalStatusCode ?? 0) : 0;
  if (error instanceof ModelError && original >= 300) {
    return {
      kind: 'answered',
      status: original,
      // ModelError carries no custom attributes, so a refusal cannot say which release it comes from.
      releaseId: undefined,
      body: Buffer.from(error.OriginalMessage ?? ''),
      contentType: undefined,
      latencyMilliseconds,
    };
  }
  const text = `${name}: ${message}`;
  const kind = classifyAwsError(name, message, status);
  // Only an answer of the service that it failed counts against the release; a network that fails does not.
  const failed = (kind === 'unavailable' && status !== undefined) || MODEL_FAILURES.has(name);
  return { kind: failed ? 'failed' : 'not-asked', message: text, latencyMilliseconds };
}
