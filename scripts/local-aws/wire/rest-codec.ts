import { shapeOf, type ApiModel } from '../api-models/api-model.ts';
import { headerOf, type WireRequest } from './messages.ts';
import { isRecord } from './validate.ts';

/** The members of a REST request: from its URI, its headers and its raw body. */
export function decodeRest(
  model: ApiModel,
  shapeName: string,
  request: WireRequest,
  uriLabels: Record<string, string>,
): unknown {
  const shape = shapeOf(model, shapeName);
  const members: Record<string, unknown> = {};
  for (const [name, { location, locationName = name }] of Object.entries(shape.members ?? {})) {
    const isPayload = name === shape.payload;
    const value = location === 'uri' ? uriLabels[locationName] : headerOf(request, locationName.toLowerCase());
    if (isPayload || value !== undefined) members[name] = isPayload ? request.body : value;
  }
  return members;
}

/** Headers and body of a REST answer. */
export function encodeRest(
  model: ApiModel,
  shapeName: string,
  output: unknown,
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const shape = shapeOf(model, shapeName);
  const members = isRecord(output) ? output : {};
  const headers: Record<string, string> = {};
  for (const [name, { location, locationName = name }] of Object.entries(shape.members ?? {})) {
    const value = members[name];
    if (location === 'header' && typeof value === 'string') headers[locationName] = value;
  }
  const payload = shape.payload === undefined ? undefined : members[shape.payload];
  return { headers, body: payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.alloc(0) };
}
