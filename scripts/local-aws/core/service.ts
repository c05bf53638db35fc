import type { Place } from './place.ts';
import type { ApiModel } from '../api-models/api-model.ts';
import type { ServiceName } from '../api-models/served-operations.ts';

/** Who called, and the account and region that the call is for. */
export interface Caller {
  readonly accessKeyId: string | undefined;
  readonly arn: string;
  readonly place: Place;
}

/** The handlers of a service, one for each operation that its API model was extracted for. */
export type Handlers<Operations extends Record<keyof Operations, { input: unknown; output: unknown }>> = {
  readonly [Name in keyof Operations]: (
    input: Operations[Name]['input'],
    caller: Caller,
  ) => Operations[Name]['output'] | Promise<Operations[Name]['output']>;
};

/** A service for the dispatcher, which decodes and validates inputs. */
export interface Service {
  readonly name: ServiceName;
  readonly model: ApiModel;
  /** The error code for a request that violates the API model. */
  readonly invalidInputCode: string;
  readonly handlers: Readonly<Record<string, (input: never, caller: Caller) => unknown>>;
}
