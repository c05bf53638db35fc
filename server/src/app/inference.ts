import type { IncomingHttpHeaders } from 'node:http';
import { decodeSimpleJson, parseBody, renderSimpleJson } from '../codecs/simple-json.ts';
import type { DecodedRequest, Reply } from '../codecs/request-form.ts';
import type { JobOutcome } from '../batching/scheduler.ts';
import { Problem } from '../http/problem.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Tensor } from '../model/tensor.ts';

/** A request for an inference, free of the HTTP library that it came through. */
export interface InferenceRequest {
  readonly route: 'predict' | 'invocations' | 'v2';
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Clock milliseconds after which the caller gets 503. */
  readonly deadline: number;
  readonly isAbandoned: () => boolean;
}

/** Runs one request; `answer` is called once, now or later, with the reply. @throws Problem for what is wrong with it */
export function infer(request: InferenceRequest, model: ServedModel, answer: (result: Reply | Problem) => void): void {
  const decoded = decode(request, model);
  model.scheduler.submit({
    inputs: decoded.inputs,
    ...batchPlace(decoded.inputs, model),
    deadline: request.deadline,
    isAbandoned: request.isAbandoned,
    settle: (outcome) => answer(replyOf(outcome, decoded, model)),
  });
}

function decode(request: InferenceRequest, model: ServedModel): DecodedRequest {
  const body = parseBody(request.body.toString(), model);
  return decodeSimpleJson(body, model);
}

function batchPlace(inputs: readonly Tensor[], model: ServedModel): { rows: number; batchKey: string | undefined } {
  const rows = inputs[0]?.shape[0] ?? 1;
  if (!model.isBatched) return { rows, batchKey: undefined };
  let key = '';
  for (const { shape } of inputs) {
    if (shape[0] !== rows) return { rows, batchKey: undefined };
    for (let axis = 1; axis < shape.length; axis++) key += `${shape[axis] ?? 0},`;
    key += ';';
  }
  return { rows, batchKey: key };
}

function replyOf(outcome: JobOutcome, decoded: DecodedRequest, model: ServedModel): Reply | Problem {
  if (outcome.kind === 'failed') return problemOfFailure(outcome.error);
  const output = outcome.outputs[model.signature.primaryOutput];
  if (output === undefined) return new Problem(500, 'the model gave no output');
  return { status: 200, contentType: 'application/json', body: renderSimpleJson(output, decoded.form) };
}

/** A model that refuses validated inputs refuses their content: an index out of range, shapes that do not go together. */
function problemOfFailure(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Problem(400, `the model could not run on these inputs: ${reason}`, { cause: error });
}
