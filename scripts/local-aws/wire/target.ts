import type { Service } from '../core/service.ts';
import { headerOf, type WireRequest } from './messages.ts';

type Protocol = 'json' | 'query' | 'cbor' | 'rest';

/** Which operation of which service a request calls, and how it is written. */
export interface Target {
  readonly service: Service;
  readonly operation: string;
  readonly protocol: Protocol;
  readonly jsonVersion: string;
  readonly uriLabels: Record<string, string>;
}

/** The served operation that a request calls; undefined when no emulated service serves it. */
export function findTarget(services: readonly Service[], request: WireRequest): Target | undefined {
  const target = readTarget(services, request);
  return target?.service.handlers[target.operation] === undefined ? undefined : target;
}

function readTarget(services: readonly Service[], request: WireRequest): Target | undefined {
  const build = (
    service: Service | undefined,
    operation: string | undefined,
    protocol: Protocol,
  ): Target | undefined =>
    service && operation !== undefined && operation !== ''
      ? { service, operation, protocol, jsonVersion: '1.1', uriLabels: {} }
      : undefined;
  const byPrefix = (prefix: string | undefined) =>
    services.find(({ model }) => prefix !== undefined && model.metadata.targetPrefix === prefix);

  const [prefix, operation] = headerOf(request, 'x-amz-target')?.split('.') ?? [];
  if (prefix !== undefined) {
    const jsonVersion = headerOf(request, 'content-type')?.includes('1.0') === true ? '1.0' : '1.1';
    const target = build(byPrefix(prefix), operation, 'json');
    return target && { ...target, jsonVersion };
  }
  const rpc = /^\/service\/(?<prefix>\w+)\/operation\/(?<operation>\w+)$/.exec(request.path)?.groups;
  if (rpc !== undefined) return build(byPrefix(rpc['prefix']), rpc['operation'], 'cbor');

  const invocation = /^\/endpoints\/(?<endpoint>[^/]+)\/invocations$/.exec(request.path)?.groups;
  if (invocation !== undefined && request.method === 'POST') {
    const target = build(
      services.find(({ name }) => name === 'sagemaker-runtime'),
      'InvokeEndpoint',
      'rest',
    );
    return target && { ...target, uriLabels: { EndpointName: decodeURIComponent(invocation['endpoint'] ?? '') } };
  }
  if (
    request.method === 'POST' &&
    headerOf(request, 'content-type')?.startsWith('application/x-www-form-urlencoded') === true
  ) {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const version = form.get('Version');
    const service = services.find(
      ({ model }) => model.metadata.xmlNamespace !== undefined && model.metadata.apiVersion === version,
    );
    return build(service, form.get('Action') ?? undefined, 'query');
  }
  return undefined;
}
