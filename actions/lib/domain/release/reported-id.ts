import type { ReleaseId } from './release.ts';

/** The release that a container names in the custom attributes of its answer: `release-id=ID`. */
export function reportedReleaseId(customAttributes: string | undefined): ReleaseId | undefined {
  return /(?:^|[;,\s])release-id=([0-9a-f]{12})(?:$|[;,\s])/.exec(customAttributes ?? '')?.[1];
}
