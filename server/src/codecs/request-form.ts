import type { Tensor } from '../model/tensor.ts';

/** The formats that bodies can have in either direction. */
export type Format = 'json' | 'jsonlines' | 'csv' | 'npy' | 'npz' | 'v2-binary';

/** An output that a v2 request asked for. */
export interface RequestedOutput {
  readonly index: number;
  readonly isBinary: boolean;
}

/** How a request was put, where its answer depends on it. */
export type RequestForm =
  | { readonly kind: 'features'; readonly isRow: boolean }
  | { readonly kind: 'instances' }
  | { readonly kind: 'v2'; readonly id: string | undefined; readonly outputs: readonly RequestedOutput[] };

/** A request body understood: one tensor per model input, in order. */
export interface DecodedRequest {
  readonly inputs: readonly Tensor[];
  readonly form: RequestForm;
}

/** An answer on its way out. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
