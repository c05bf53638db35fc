import { partitionOf, type Place } from '../core/place.ts';
import type { CallLog } from '../core/call-log.ts';
import { answerUnder, type ApiFaults } from '../faults/api-faults.ts';
import type { Service } from '../core/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Buckets } from '../s3/buckets.ts';
import { handleS3Request } from '../s3/handler.ts';
import { identifyCaller, signedService, type Principals } from '../wire/caller.ts';
import { dispatch, type Call } from '../wire/dispatch.ts';
import type { WireRequest, WireResponse } from '../wire/messages.ts';
import { findTarget, type Target } from '../wire/target.ts';
import { isRecord } from '../wire/validate.ts';

export interface ApiContext {
  readonly principals: Principals;
  /** The services of an account and region. */
  readonly servicesIn: (place: Place) => readonly Service[];
  readonly calls: CallLog;
  readonly faults: ApiFaults;
  readonly now: () => Date;
  /** Undefined where moto serves S3. */
  readonly buckets: Buckets | undefined;
}

/** "reset" resets the connection instead of sending a response. */
export type ApiAnswer = WireResponse | 'reset';

/**
 * Handles a call of an emulated operation, with injected faults; undefined when no service emulates it. A fault `after` the
 * call changes the response only.
 */
export async function handleApiRequest(context: ApiContext, request: WireRequest): Promise<ApiAnswer | undefined> {
  const { buckets } = context;
  if (buckets !== undefined && signedService(request) === 's3')
    return await handleS3Request({ ...context, buckets }, request);
  const caller = identifyCaller(request, context.principals);
  const target = findTarget(context.servicesIn(caller.place), request);
  if (target === undefined) return undefined;
  const fault = context.faults.draw(target.service.name, target.operation, caller);
  return await answerUnder(
    fault,
    async () =>
      await dispatch(target, request, caller, async (call) => {
        if (caller.arn.split(':')[1] !== partitionOf(caller.place.region))
          throw recordError(context, call, foreignToken(target));
        if (fault?.kind === 'error') throw recordError(context, call, fault.error);
        return await execute(context, call);
      }),
  );
}

/** AWS's error for credentials of another partition. */
const foreignToken = ({ protocol }: Target): AwsError =>
  new AwsError(
    protocol === 'query' ? 'InvalidClientTokenId' : 'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    403,
  );

async function execute(context: ApiContext, call: Call): Promise<unknown> {
  const handler = serviceOf(context, call).handlers[call.operation];
  if (handler === undefined) throw new Error(`${call.service.name} has no handler for ${call.operation}.`);
  try {
    // The input was checked against the API model from which the handler's input type is generated.
    const output: unknown = await handler(call.input as never, call.caller);
    record(context, call, undefined);
    return output;
  } catch (error) {
    throw error instanceof AwsError ? recordError(context, call, error) : error;
  }
}

/** The service in the caller's place, or in the account whose registry an ECR call names. */
function serviceOf({ servicesIn }: ApiContext, { service, input, caller }: Call): Service {
  const registryId = service.name === 'ecr' && isRecord(input) ? input['registryId'] : undefined;
  if (typeof registryId !== 'string' || registryId === caller.place.accountId) return service;
  const place = { accountId: registryId, region: caller.place.region };
  return servicesIn(place).find(({ name }) => name === service.name) ?? service;
}

function recordError(context: ApiContext, call: Call, error: AwsError): AwsError {
  record(context, call, error.code);
  return error;
}

function record(
  { calls, now }: ApiContext,
  { service, operation, input, caller }: Call,
  error: string | undefined,
): void {
  const members = isRecord(input) ? input : {};
  const kept = Object.fromEntries(Object.entries(members).filter(([, value]) => !(value instanceof Uint8Array)));
  calls.record({ at: now(), service: service.name, operation, input: kept, caller, error, forwarded: false });
}
