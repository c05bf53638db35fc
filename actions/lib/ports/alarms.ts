export interface Alarm {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
}

/** The alarms that watch releases. Every method throws ServiceError when the call fails. */
export interface Alarms {
  /** Those of the names that exist. */
  find(names: readonly string[]): Promise<readonly Alarm[]>;
  /** Makes the abort alarm of a release go off, so that SageMaker rolls its update back. */
  requestAbort(endpointName: string, configName: string): Promise<void>;
}
