import type { PublishedImage } from './manifest.ts';

/** How an image differs from the one before, in what a pull transfers. */
export interface ImageComparison {
  readonly previousDigest: string;
  readonly previousSizeBytes: number;
  /** New size less the old one. */
  readonly changeBytes: number;
  readonly reused: LayerCount;
  readonly added: LayerCount;
}

interface LayerCount {
  readonly layers: number;
  readonly sizeBytes: number;
}

/** Compares an image with the one before, layer by layer. */
export function compareImages(previous: PublishedImage, image: PublishedImage): ImageComparison {
  const known = new Set(previous.layers.map(({ digest }) => digest));
  return {
    previousDigest: previous.digest,
    previousSizeBytes: previous.sizeBytes,
    changeBytes: image.sizeBytes - previous.sizeBytes,
    reused: count(image, (digest) => known.has(digest)),
    added: count(image, (digest) => !known.has(digest)),
  };
}

function count({ layers }: PublishedImage, wanted: (digest: string) => boolean): LayerCount {
  const chosen = layers.filter(({ digest }) => wanted(digest));
  return { layers: chosen.length, sizeBytes: chosen.reduce((sum, { size }) => sum + size, 0) };
}
