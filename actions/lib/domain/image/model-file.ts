/** Whether a file of a model folder belongs in the image: what made the model, and what describes it, doesn't. */
export function isModelFile(relativePath: string): boolean {
  const parts = relativePath.split('/');
  if (parts.some((part) => part.startsWith('.'))) return false;
  return !/\.(ts|md)$/.test(relativePath) && !DESCRIBING.has(parts.at(-1) ?? '');
}

/** Files beside a model that ask it something, or say how its image is built. */
const DESCRIBING: ReadonlySet<string> = new Set([
  'build.json',
  'golden.json',
  'review.json',
  'review.jsonl',
  'review.csv',
]);
