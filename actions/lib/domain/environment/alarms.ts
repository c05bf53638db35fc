import type { ReleaseId } from '../release/release.ts';
import type { Environment } from './environment.ts';
import { endpointConfigName, type NamedEnvironment } from './names.ts';

/** The kinds of alarm that watch one release's fleet. */
export type AlarmKind = '5xx' | '4xx' | 'latency-p99' | 'abort';

/** The alarm of a kind that watches a release: `SERVICE-ENV-ID-KIND`. */
export function alarmName(environment: NamedEnvironment, id: ReleaseId, kind: AlarmKind): string {
  return `${endpointConfigName(environment, id)}-${kind}`;
}

/** The metric that a person trips to abort a swap in flight; dimensions EndpointName and EndpointConfigName. */
export const ABORT_METRIC = { namespace: 'SageMakerGitOps', name: 'AbortDeployment' } as const;

/** The alarms that a swap to a release carries: those its environment asks for, and the one that aborts it. */
export function alarmNamesOf(environment: Environment, release: string): readonly string[] {
  const { serverErrors, clientErrors, latencyP99 } = environment.alarms;
  const kinds: AlarmKind[] = [];
  if (serverErrors !== null) kinds.push('5xx');
  if (clientErrors !== null) kinds.push('4xx');
  if (latencyP99 !== null) kinds.push('latency-p99');
  // The abort alarm only accompanies others: alone it would make a swap look guarded.
  if (kinds.length > 0) kinds.push('abort');
  return kinds.map((kind) => alarmName(environment, release, kind));
}
