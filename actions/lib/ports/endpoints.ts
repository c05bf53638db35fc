import type { SwapStrategy } from '../domain/environment/environment.ts';
import type { EndpointConfigView, EndpointView, ModelView } from '../domain/endpoint/endpoint.ts';

/** An update of an endpoint to another config. */
export interface EndpointUpdate {
  readonly endpointName: string;
  readonly configName: string;
  readonly strategy: SwapStrategy;
  /** Alarms that make SageMaker roll the update back by itself; none means that it never does. */
  readonly alarmNames: readonly string[];
  /** Keeps the number of instances that run now, instead of the config's initial number. */
  readonly retainInstanceCounts: boolean;
}

/** The control plane of endpoints. Every method throws ServiceError when the call fails. */
export interface Endpoints {
  /** The endpoint, or undefined where there is none of that name. */
  describe(name: string, signal?: AbortSignal): Promise<EndpointView | undefined>;
  /** Starts an update; it is over when `describe` says so. */
  update(update: EndpointUpdate): Promise<void>;
  describeConfig(name: string): Promise<EndpointConfigView | undefined>;
  describeModel(name: string): Promise<ModelView | undefined>;
}
