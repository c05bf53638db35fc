import { z } from 'zod';
import type { CallLog } from '../core/call-log.ts';
import { faultSchema, type FaultControl } from '../faults/fault.ts';
import type { Place } from '../core/place.ts';
import type { EndpointInspection } from '../sagemaker/inspect.ts';
import type { WireRequest } from '../wire/messages.ts';

export interface ControlContext {
  readonly faults: FaultControl;
  readonly calls: CallLog;
  readonly inspectEndpoints: () => readonly EndpointInspection[];
  /** @throws Error when there is no such endpoint or it is not InService. */
  readonly systemUpdate: (endpointName: string, seconds: number, place?: Place) => void;
}

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const systemUpdateBody = z.strictObject({
  seconds: z.number().positive(),
  place: z.strictObject({ accountId: z.string(), region: z.string() }).optional(),
});

/**
 * Handles control requests of other processes under /_local/: faults, recorded calls, instances.
 */
export function handleControl(context: ControlContext, request: WireRequest): ControlAnswer {
  const systemUpdate = /^\/_local\/endpoints\/(?<name>[^/]+)\/system-update$/.exec(request.path)?.groups?.['name'];
  try {
    if (systemUpdate !== undefined && request.method === 'POST') {
      const { seconds, place } = systemUpdateBody.parse(parseBody(request));
      context.systemUpdate(decodeURIComponent(systemUpdate), seconds, place);
      return { status: 202, body: {} };
    }
    switch (`${request.method} ${request.path}`) {
      case 'GET /_local/faults':
        return { status: 200, body: context.faults.list() };
      case 'POST /_local/faults':
        context.faults.inject(faultSchema.parse(parseBody(request)));
        return { status: 201, body: context.faults.list() };
      case 'DELETE /_local/faults':
        context.faults.clear();
        return { status: 200, body: [] };
      case 'GET /_local/calls':
        return { status: 200, body: context.calls.all };
      case 'GET /_local/endpoints':
        return { status: 200, body: context.inspectEndpoints() };
      default:
        return { status: 404, body: { error: `There is no ${request.method} ${request.path}.` } };
    }
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : '';
    return { status: 400, body: { error: message } };
  }
}

const parseBody = (request: WireRequest): unknown => JSON.parse(request.body.toString('utf8'));
