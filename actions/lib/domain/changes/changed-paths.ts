import { isModelFile } from '../image/model-file.ts';

/** What a changed path belongs to. Product is everything that is not known to be something else. */
export type PathOwner =
  | { readonly kind: 'environment'; readonly environment: string }
  | { readonly kind: 'model'; readonly service: string }
  /** What no image, model or plan is made from: texts, and the prices that comments show. */
  | { readonly kind: 'text' }
  | { readonly kind: 'product' };

// Generators write these, or tests read them.
const PRODUCT_PAGES = /^(?:README|CONTRIBUTING|environments\/README)\.md$/;
const CHECKED_TEXTS = /^(?:actions|docs|scripts|terraform)\/|^server\/(?!models\/)/;

/**
 * What a path of the repository belongs to, by its name alone.
 *
 * @param path relative to the root, as Git writes it
 */
export function ownerOf(path: string): PathOwner {
  if (path === 'LICENSE' || path === 'environments/prices.json' || isText(path)) return { kind: 'text' };
  // A file directly in environments/ or server/models/ (a schema, a submodule in place of a folder) belongs to no environment and no model.
  const environment = /^environments\/([^/]+)\/./su.exec(path)?.[1];
  if (environment !== undefined) return { kind: 'environment', environment };
  const service = /^server\/models\/([^/]+)\/./su.exec(path)?.[1];
  return service === undefined ? { kind: 'product' } : { kind: 'model', service };
}

function isText(path: string): boolean {
  return path.endsWith('.md') && !CHECKED_TEXTS.test(path) && !PRODUCT_PAGES.test(path);
}

/** Whether a change of these paths needs the checks of the product: it changes more than content. */
export function changesProduct(paths: readonly string[]): boolean {
  return paths.some((path) => ownerOf(path).kind === 'product');
}

/** The services whose model a change of these paths changes, sorted. */
export function changedModels(paths: readonly string[]): readonly string[] {
  const services = paths.map(ownerOf).flatMap((owner) => (owner.kind === 'model' ? [owner.service] : []));
  return [...new Set(services)].sort();
}

/** The services whose image a change of these paths changes, beside those that change every image, sorted. */
export function changedModelImages(paths: readonly string[]): readonly string[] {
  // build.json is not in the image, but steers how it is built.
  return changedModels(paths.filter((path) => isModelFile(path) || path.endsWith('/build.json')));
}

/** Whether what a model answers, or is asked, may be another after a change of these paths: all but releases and texts. */
export function changesAnswers(paths: readonly string[]): boolean {
  return paths.some((path) => {
    const { kind } = ownerOf(path);
    return kind === 'product' || kind === 'model' || (kind === 'environment' && !path.endsWith('/release.json'));
  });
}

// What server/Dockerfile copies, besides the model. package.json is left out: its dependencies come from the lock file.
const IMAGE_FILES = [
  '.dockerignore',
  '.npmrc',
  'package-lock.json',
  'scripts/build.ts',
  'server/Dockerfile',
  'tsconfig.json',
];

/** Whether a change of these paths changes what every image is made of. */
export function changesEveryImage(paths: readonly string[]): boolean {
  return paths.some(
    (path) => IMAGE_FILES.includes(path) || (/^server\/src\//.test(path) && !/\.(?:md|test\.ts)$/.test(path)),
  );
}

// Terraform reads neither these nor what lies in a folder below an environment's.
const CONTENT_DATA = /^environments\/[^/]+\/(?:release|environment|smoke[\w-]*|review[\w-]*)\.json$/;

/**
 * Whether a path is data alone: no program, workflow, Terraform file or setting of a tool, so that what ran for a pull request
 * that changes nothing else was the code of its base.
 */
export function isContentData(path: string): boolean {
  const { kind } = ownerOf(path);
  return kind === 'text' || kind === 'model' || PRODUCT_PAGES.test(path) || CONTENT_DATA.test(path);
}
