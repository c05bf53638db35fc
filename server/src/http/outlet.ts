/** Where the answer of one request goes. */
export interface Outlet {
  /** True once nobody is there to read an answer. */
  readonly isClosed: () => boolean;
  /** Writes the answer. Headers are name, value, name, value, with content-length among them. */
  readonly write: (status: number, headers: readonly string[], body: string | Uint8Array) => void;
}
