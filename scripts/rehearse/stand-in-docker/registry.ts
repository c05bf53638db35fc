/** A registry without TLS that the engine is signed in to. */
export interface Registry {
  /** `HOST:PORT` */
  readonly registry: string;
  /** `user:password` in base64. */
  readonly token: string;
}

/** One request of the distribution protocol. @throws Error with the registry's answer, where its status is neither 2XX nor allowed. */
export async function send(
  { registry, token }: Registry,
  method: string,
  location: string,
  body?: Buffer,
  headers: Readonly<Record<string, string>> = {},
  allowed: readonly number[] = [],
): Promise<Response> {
  const url = new URL(location, `http://${registry}`);
  const response = await fetch(url, {
    method,
    headers: { ...headers, authorization: `Basic ${token}` },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  if (response.ok || allowed.includes(response.status)) return response;
  throw new Error(`${method} ${url.href}: HTTP ${String(response.status)} ${await response.text()}`);
}
