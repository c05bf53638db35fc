export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  /** "sha256:…" or a tag; undefined when the reference names none. */
  readonly reference: string | undefined;
}

/** The parts of "HOST/NAME:TAG", "HOST/NAME@DIGEST" or "HOST/NAME"; undefined when it names no registry host. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match =
    /^(?<host>[^/]+)\/(?<repository>[^@:]+)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/.exec(
      text,
    );
  const { host, repository, tag, digest } = match?.groups ?? {};
  if (host === undefined || repository === undefined || !/[.:]/.test(host)) return undefined;
  return { host, repository, reference: digest ?? tag };
}
