import type { MediaType } from './media-type.ts';
import type { Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The protocols of the inference routes. They differ in the JSON bodies that they accept. */
export type InferenceProtocol = 'predict' | 'invocations' | 'v2';

/** A format of request and response bodies. Each codec is one file in this folder and one line in registry.ts. */
export interface Codec {
  readonly name: string;
  /** The media types of Content-Type and Accept; the first one is documented. */
  readonly mediaTypes: readonly [string, ...string[]];
  /** The Content-Type of responses. */
  readonly contentType: string;
  readonly isBinary: boolean;
  /** True if requests on the v2 routes may have this format. */
  readonly isV2: boolean;
  /** Rows of the table of formats in server/README.md. */
  readonly documentation: readonly FormatRow[];
  /** Reads a body into one tensor for each input of the model. @throws Problem */
  readonly decode: (payload: Payload, signature: Signature) => DecodedRequest;
  /** The same for a large body. */
  readonly decodeInSteps: (payload: Payload, signature: Signature) => Steps<DecodedRequest>;
  /** Renders outputs, which are in the model's order. @throws Problem */
  readonly encode: (outputs: readonly Tensor[], form: RequestForm, model: RespondingModel) => Reply;
}

/** A row of the table of formats, in Markdown. */
interface FormatRow {
  /** Undefined: the row continues the previous one. */
  readonly mediaType?: string;
  readonly request: string;
  readonly response: string;
}

/** A request body with all that its decoding depends on. */
export interface Payload {
  readonly protocol: InferenceProtocol;
  readonly mediaType: MediaType;
  /** Length of the JSON part of a binary body: Inference-Header-Content-Length, or the Content-Type's json-header-size. */
  readonly jsonLength: string | undefined;
  readonly body: Buffer;
  /** The limit of a request body. */
  readonly maxBytes: number;
}

/** A decoded request: one tensor for each model input, in order. */
export interface DecodedRequest {
  readonly inputs: readonly Tensor[];
  readonly form: RequestForm;
}

/** The form of a request, as far as its response depends on it. */
export type RequestForm =
  | { readonly kind: 'features'; readonly isRow: boolean }
  /** A list of rows: the answer has one for each of them. */
  | { readonly kind: 'instances'; readonly rows: number }
  | V2Form;

/** A request of the Open Inference Protocol v2. */
export interface V2Form {
  readonly kind: 'v2';
  readonly id: string | undefined;
  readonly outputs: readonly RequestedOutput[];
  /** True if a binary response gets the media type of SageMaker's Triton clients. */
  readonly usesTritonMediaType: boolean;
}

/** An output that a v2 request names. */
export interface RequestedOutput {
  readonly index: number;
  readonly isBinary: boolean;
}

/** The model as v2 responses describe it. */
export interface RespondingModel {
  readonly name: string;
  readonly version: string;
  readonly signature: Signature;
}

/** A successful response, not yet sent. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** A body in pieces is rendered while it is read, so that a large one can be made in steps. */
  readonly body: string | Uint8Array | Iterable<string> | Iterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The output that formats without names carry: the first one that a v2 request names, else the primary output. */
export function mainOutput(outputs: readonly Tensor[], form: RequestForm, { signature }: RespondingModel): Tensor {
  const index = form.kind === 'v2' ? (form.outputs[0]?.index ?? 0) : signature.primaryOutput;
  const output = outputs[index];
  if (output === undefined) throw new Problem(500, 'the model gave no output');
  return output;
}

/** Checks that a list of rows has an answer for each of them. @throws Problem 422 */
export function demandAnswerForEach(output: Tensor, form: RequestForm): void {
  if (form.kind !== 'instances') return;
  const answers = output.shape.length === 0 ? 1 : (output.shape[0] ?? 0);
  if (answers === form.rows) return;
  throw new Problem(
    422,
    `the model gave ${answers} answers to ${form.rows} records, so that they cannot be matched; send them as one input, {"features": […]}`,
  );
}
