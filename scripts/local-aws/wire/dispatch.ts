import { randomUUID } from 'node:crypto';
import { Decoder, Encoder } from 'cbor-x';
import type { Operation } from '../api-models/api-model.ts';
import type { Caller, Service } from '../core/service.ts';
import { AwsError } from './aws-error.ts';
import { decodeValue, encodeJson, withoutUndefined } from './json-codec.ts';
import type { WireRequest, WireResponse } from './messages.ts';
import { decodeQuery, renderQueryError, renderQueryResponse } from './query-codec.ts';
import { decodeRest, encodeRest } from './rest-codec.ts';
import type { Target } from './target.ts';
import { findViolations, renderViolations } from './validate.ts';

const cborDecoder = new Decoder({ mapsAsObjects: true, useRecords: false });
const cborEncoder = new Encoder({ mapsAsObjects: true, useRecords: false, tagUint8Array: false });

/** One call of an operation, decoded and answered in the protocol it came in. */
export interface Call {
  readonly service: Service;
  readonly operation: string;
  readonly input: unknown;
  readonly caller: Caller;
}

/** Decodes a request for a target, lets `execute` answer it, and encodes the answer or the error. */
export async function dispatch(
  target: Target,
  request: WireRequest,
  caller: Caller,
  execute: (call: Call) => Promise<unknown>,
): Promise<WireResponse> {
  const requestId = randomUUID();
  try {
    const input = decodeInput(target, request);
    const call = { service: target.service, operation: target.operation, input, caller };
    const output = withoutUndefined(await execute(call));
    return encodeOutput(target, output, requestId);
  } catch (error) {
    if (error instanceof AwsError) return encodeError(target, error, requestId);
    throw error;
  }
}

/** The request's input, checked against the official API model. @throws AwsError in the service's words. */
function decodeInput(target: Target, request: WireRequest): unknown {
  const { model, invalidInputCode } = target.service;
  const shape = operationOf(target).input;
  if (shape === undefined) return {};
  const input = decodeValue(model, shape, readMembers(target, shape, request));
  const violations = findViolations(model, shape, input);
  if (violations.length > 0) throw new AwsError(invalidInputCode, renderViolations(violations));
  return input;
}

function readMembers({ service, protocol, uriLabels }: Target, shape: string, request: WireRequest): unknown {
  switch (protocol) {
    case 'json':
      return request.body.byteLength === 0 ? {} : parseJson(request.body);
    case 'query':
      return decodeQuery(service.model, shape, new URLSearchParams(request.body.toString('utf8')));
    case 'cbor':
      return request.body.byteLength === 0 ? {} : cborDecoder.decode(request.body);
    case 'rest':
      return decodeRest(service.model, shape, request, uriLabels);
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new AwsError('SerializationException', `The request body is not JSON: ${reason}`);
  }
}

const operationOf = ({ service, operation }: Target): Operation => {
  const found = service.model.operations[operation];
  if (found === undefined) throw new Error(`${service.name} has no operation "${operation}" in its API model.`);
  return found;
};

function encodeOutput(target: Target, output: unknown, requestId: string): WireResponse {
  const { service, protocol, jsonVersion } = target;
  const operation = operationOf(target);
  // Input and output share shapes: a list that must not be empty in a request is empty in many an answer of AWS.
  const violations = (
    operation.output === undefined ? [] : findViolations(service.model, operation.output, output)
  ).filter(({ value }) => !(Array.isArray(value) && value.length === 0));
  if (violations.length > 0) {
    throw new Error(`The local AWS made an invalid ${target.operation} answer: ${renderViolations(violations)}`);
  }
  const headers = { 'x-amzn-requestid': requestId };
  switch (protocol) {
    case 'json':
      return {
        status: 200,
        headers: { ...headers, 'content-type': `application/x-amz-json-${jsonVersion}` },
        // An operation without output shape answers an empty body, the others a JSON object.
        body: operation.output === undefined ? '' : JSON.stringify(encodeJson(output)),
      };
    case 'query': {
      const namespace = service.model.metadata.xmlNamespace ?? '';
      const body = renderQueryResponse(namespace, target.operation, operation.resultWrapper, output, requestId);
      return { status: 200, headers: { ...headers, 'content-type': 'text/xml' }, body };
    }
    case 'cbor':
      return {
        status: 200,
        headers: { ...headers, 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: cborEncoder.encode(output),
      };
    case 'rest': {
      const encoded = encodeRest(service.model, operation.output ?? '', output);
      return { status: 200, headers: { ...headers, ...encoded.headers }, body: encoded.body };
    }
  }
}

/** An error in the protocol of the request. */
function encodeError({ protocol, jsonVersion, service }: Target, error: AwsError, requestId: string): WireResponse {
  const headers = { 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code };
  const members = { ...error.details, message: error.message };
  const { code, httpStatus: status } = error;
  const queryError =
    service.model.metadata.xmlNamespace === undefined ? {} : { 'x-amzn-query-error': `${code};${error.fault}` };
  switch (protocol) {
    case 'json':
      return {
        status,
        headers: { ...headers, ...queryError, 'content-type': `application/x-amz-json-${jsonVersion}` },
        body: JSON.stringify(encodeJson({ __type: code, ...members })),
      };
    case 'rest':
      return {
        status,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(encodeJson({ ...error.details, Message: error.message })),
      };
    case 'query':
      return {
        status,
        headers: { ...headers, 'content-type': 'text/xml' },
        body: renderQueryError(code, error.message, error.fault, requestId),
      };
    case 'cbor':
      return {
        status,
        headers: { ...headers, ...queryError, 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: cborEncoder.encode({ __type: code, ...members }),
      };
  }
}
