const NAME = '(?<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)';

export type RegistryRoute =
  | { readonly kind: 'base' }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string }
  | { readonly kind: 'unknown' };

const routes: readonly (readonly [RegExp, (groups: Record<string, string>) => RegistryRoute])[] = [
  [/^\/v2\/?$/, () => ({ kind: 'base' })],
  [new RegExp(`^/v2/${NAME}/blobs/uploads/?$`), ({ name = '' }) => ({ kind: 'uploads', name })],
  [new RegExp(`^/v2/${NAME}/blobs/uploads/(?<id>[^/]+)$`), ({ name = '', id = '' }) => ({ kind: 'upload', name, id })],
  [
    new RegExp(`^/v2/${NAME}/blobs/(?<digest>sha256:[0-9a-f]{64})$`),
    ({ name = '', digest = '' }) => ({ kind: 'blob', name, digest }),
  ],
  [
    new RegExp(`^/v2/${NAME}/manifests/(?<reference>[^/]+)$`),
    ({ name = '', reference = '' }) => ({ kind: 'manifest', name, reference }),
  ],
  [new RegExp(`^/v2/${NAME}/tags/list$`), ({ name = '' }) => ({ kind: 'tags', name })],
  [
    new RegExp(`^/v2/${NAME}/referrers/(?<digest>sha256:[0-9a-f]{64})$`),
    ({ name = '', digest = '' }) => ({ kind: 'referrers', name, digest }),
  ],
];

/** The route of the OCI distribution API that a path matches. */
export function parseRegistryPath(path: string): RegistryRoute {
  for (const [expression, build] of routes) {
    const match = expression.exec(path);
    if (match !== null) return build(match.groups ?? {});
  }
  return { kind: 'unknown' };
}
