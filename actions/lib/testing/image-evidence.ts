import type { ImageEvidence } from '../domain/image/evidence.ts';

/** What test-image finds about a good image, with its model in it or mounted. */
export function evidenceOf(image: string, mountedModel?: string): ImageEvidence {
  return {
    image,
    modelDigest: mountedModel ?? `sha256:${'e'.repeat(64)}`,
    isModelMounted: mountedModel !== undefined,
    environments: ['trial', 'prime'],
    cases: 20,
    startSeconds: 1.5,
  };
}
