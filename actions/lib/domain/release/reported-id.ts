import type { ReleaseId } from './release.ts';

/** The release that a container names in the custom attributes of its answer: `release-id=ID`. */
export function reportedReleaseId(customAttributes: string | undefined): ReleaseId | undefined {
  return /(?:^|[;,\s])release-id=([0-9a-f]{12})(?:$|[;,\s])/.exec(customAttributes ?? '')?.[1];
}

/** The digest of the model that a container says it has loaded: `model-digest=sha256:…`. Older servers don't say it. */
export function reportedModelDigest(customAttributes: string | undefined): string | undefined {
  return /(?:^|[;,\s])model-digest=(sha256:[0-9a-f]{64})(?:$|[;,\s])/.exec(customAttributes ?? '')?.[1];
}
