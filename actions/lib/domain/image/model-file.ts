/** Whether a file of a model folder belongs in the image: what made the model, and what describes it, doesn't. */
export function isModelFile(relativePath: string): boolean {
  const parts = relativePath.split('/');
  if (parts.some((part) => part.startsWith('.'))) return false;
  return !/\.(ts|md)$/.test(relativePath) && parts.at(-1) !== 'golden.json';
}
