import type { IncomingHttpHeaders } from 'node:http';

/** SageMaker passes at most this many ASCII characters of custom attributes (API reference of InvokeEndpoint). */
const maxAttributeCharacters = 1024;
const attributesHeader = 'x-amzn-sagemaker-custom-attributes';

/** What a server says of itself in each response. */
export interface ServerIdentity {
  readonly releaseId: string | undefined;
  /** Digest of all files that were loaded; undefined before they are, and where SageMaker loads models one by one. */
  readonly modelDigest: string | undefined;
}

/** The custom attributes of a response: what the server says of itself, then the attributes of the request. */
function customAttributes({ releaseId, modelDigest }: ServerIdentity, sent: string | undefined): string | undefined {
  let own = releaseId === undefined ? '' : `release-id=${releaseId}`;
  if (modelDigest !== undefined) own += `${own === '' ? '' : ';'}model-digest=${modelDigest}`;
  if (sent === undefined || sent === '') return own === '' ? undefined : own;
  const printable = sent.replaceAll(/[^\x20-\x7e]/g, '');
  const all = own === '' ? printable : `${own};${printable}`;
  return all.slice(0, maxAttributeCharacters);
}

/** The headers that every response has, as name, value, name, value. */
export function responseHeaders(sent: IncomingHttpHeaders, identity: ServerIdentity, requestId: string): string[] {
  const headers = ['x-request-id', requestId];
  const attributes = customAttributes(identity, single(sent[attributesHeader]));
  if (attributes !== undefined) headers.push(attributesHeader, attributes);
  const traceparent = single(sent['traceparent']);
  if (traceparent !== undefined && isTraceparent(traceparent)) {
    headers.push('traceparent', traceparent);
    const tracestate = single(sent['tracestate']);
    if (tracestate !== undefined && /^[\x20-\x7e]{1,512}$/.test(tracestate)) headers.push('tracestate', tracestate);
  }
  return headers;
}

/** True for a well-formed W3C traceparent with ids that are not all zero. */
export function isTraceparent(value: string): boolean {
  return /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(value);
}

/** The caller's request id if it is printable and at most 128 characters, else a new one. */
export function requestIdOf(sent: IncomingHttpHeaders, next: () => string): string {
  const given = single(sent['x-request-id']);
  return given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given) ? given : next();
}

/** The value of a header that was sent once. */
export function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
