import { LAB_PARTS } from '../removal/lab-parts.ts';

/** Packages of their own, which import nothing of the product. */
const PACKAGE_FOLDERS = ['scripts/local-aws', 'scripts/local-github', 'scripts/workflow-runner'];

/** What a fork owns; everything else is product. `environments/README.md` and the schemas are product. */
const CONTENT = /^(?:environments\/[^/]+\/|server\/models\/|terraform\/bootstrap\/accounts\/)/;

const GENERATED = [
  /^actions\/dist\//,
  /(?:^|\/)package-lock\.json$/,
  /(?:^|\/)\.terraform\.lock\.hcl$/,
  /\/api-models\/[^/]+(?:\.types\.ts|\.json)$/,
  /\/openapi\/operations\.json$/,
  /^environments\/[^/]+\.schema\.json$/,
  /^docs\/fault-matrix(?:-real)?\.md$/,
];

const FIXTURES = /(?:^|\/)__(?:fixtures|snapshots)__\/|\.golden\./;

/** Tests, and what only tests use. */
const TESTS =
  /\.test\.ts$|\.cases\.ts$|\.tftest\.hcl$|\/(?:testing|tests)\/|^scripts\/(?:architecture|fixtures|workflows)\//;

type Part = 'product' | 'packages' | 'lab';

/** What a file of the repository is. */
export type FileKind =
  | { readonly kind: 'content' | 'generated' | 'fixture' }
  | { readonly kind: 'written'; readonly part: Part; readonly isTest: boolean };

const isIn = (file: string, folders: readonly string[]): boolean =>
  folders.some((folder) => file.startsWith(`${folder}/`));

/** What a file is, by its path in the repository, with `/`. */
export function fileKindOf(file: string): FileKind {
  if (GENERATED.some((pattern) => pattern.test(file))) return { kind: 'generated' };
  if (CONTENT.test(file)) return { kind: 'content' };
  if (FIXTURES.test(file)) return { kind: 'fixture' };
  const part = isIn(file, LAB_PARTS) ? 'lab' : isIn(file, PACKAGE_FOLDERS) ? 'packages' : 'product';
  return { kind: 'written', part, isTest: TESTS.test(file) };
}
