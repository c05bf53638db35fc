/** Statuses of an endpoint, from the SageMaker API model. */
export const ENDPOINT_STATUSES = [
  'Creating',
  'Updating',
  'SystemUpdating',
  'RollingBack',
  'InService',
  'OutOfService',
  'Deleting',
  'Failed',
  'UpdateRollbackFailed',
] as const;
export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

/** What a fleet is doing: SageMaker's VariantStatus. */
interface VariantStage {
  readonly status: string;
  readonly message: string;
}

/** A variant besides the one that a swap moves. */
interface VariantView {
  readonly kind: 'production' | 'shadow';
  readonly name: string;
}

/** The instances that run one endpoint config. */
export interface Fleet {
  readonly configName: string;
  readonly variantName: string;
  /** Production variants besides that one, and shadow variants: no swap can judge what they answer. */
  readonly otherVariants: readonly VariantView[];
  /** Digests of the deployed images, `sha256:…`; empty where SageMaker does not say yet. */
  readonly imageDigests: readonly string[];
  readonly currentInstances: number;
  readonly desiredInstances: number;
  readonly instanceType: string | undefined;
  readonly stages: readonly VariantStage[];
}

/** An endpoint as DescribeEndpoint shows it at one moment. */
export interface EndpointView {
  readonly name: string;
  readonly status: EndpointStatus;
  /** The config that serves; while updating it keeps naming the one before. */
  readonly configName: string;
  readonly serving: Fleet;
  /** The fleet that an update in progress builds, or null. */
  readonly pending: Fleet | null;
  /** Alarms that the newest update watches; undefined where SageMaker does not say. */
  readonly alarmNames: readonly string[] | undefined;
  /** For people only: nothing is decided on its text. */
  readonly failureReason: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly lastModifiedAt: number;
}

/** A declared endpoint config: what it would run. */
export interface EndpointConfigView {
  readonly name: string;
  readonly variants: readonly {
    readonly name: string;
    readonly modelName: string;
    readonly instanceType: string | undefined;
    readonly instanceCount: number;
  }[];
  readonly shadowVariants: readonly string[];
}

/** A declared model: the container that a config starts. */
export interface ModelView {
  readonly name: string;
  readonly image: string;
  readonly releaseId: string | undefined;
}

/** Whether the endpoint is at rest: in service, and no update in progress. */
export function isSettled(endpoint: EndpointView): boolean {
  return endpoint.status === 'InService' && endpoint.pending === null;
}

/** Whether something is being done to the endpoint that will end by itself. */
export function isBusy(endpoint: EndpointView): boolean {
  switch (endpoint.status) {
    case 'Creating':
    case 'Updating':
    case 'SystemUpdating':
    case 'RollingBack':
      return true;
    case 'InService':
      return endpoint.pending !== null;
    case 'OutOfService':
    case 'Deleting':
    case 'Failed':
    case 'UpdateRollbackFailed':
      return false;
  }
}

/**
 * Whether the number of instances is being changed, or SageMaker maintains the endpoint: the config stays the same, and it
 * ends by itself. Scaling shows as Updating with a status of the serving variant and without a pending deployment.
 */
export function isMaintained({ status, serving, pending }: EndpointView): boolean {
  if (pending !== null) return false;
  if (status === 'SystemUpdating' || status === 'Creating') return true;
  const isScaling = serving.stages.length > 0 || serving.currentInstances !== serving.desiredInstances;
  return status === 'Updating' && isScaling;
}

/** The variants of a fleet in words: `production variants primary, other` or `production variant primary, shadow variant copy`. */
export function describeVariants({ variantName, otherVariants }: Fleet): string {
  const named = (kind: VariantView['kind'], names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${kind} variant${names.length === 1 ? '' : 's'} ${names.join(', ')}`];
  const others = (kind: VariantView['kind']): string[] =>
    otherVariants.filter((variant) => variant.kind === kind).map(({ name }) => name);
  return [...named('production', [variantName, ...others('production')]), ...named('shadow', others('shadow'))].join(
    ', ',
  );
}

/** One line on where an endpoint is: status, config, and what the pending fleet is doing. */
export function describeEndpointView(endpoint: EndpointView): string {
  const base = `${endpoint.status} on ${endpoint.configName}`;
  if (endpoint.pending === null) return base;
  const stages = endpoint.pending.stages.map(({ status, message }) => message || status).join(', ');
  return `${base}, ${endpoint.pending.configName} pending${stages === '' ? '' : ` (${stages.replace(/\.$/, '')})`}`;
}

/** The `sha256:…` of an image reference, or undefined where it has none. */
export function digestOf(image: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
}
