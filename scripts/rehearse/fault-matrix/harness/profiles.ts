import type { LocalAwsOptions } from '@sagemaker-gitops/local-aws';

/** How the local AWS launches fleets: how long machines take, and what an update launches first. */
export type Launches = Pick<LocalAwsOptions, 'launchSeconds' | 'firstLaunch'>;

export const PROFILE_NAMES = ['whole-fleet', 'canary-first', 'slow', 'slow-canary-first'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** The profile of the pages, under which the rows of a test run. */
export const DEFAULT_PROFILE: ProfileName = 'whole-fleet';

/** How rows launch fleets that don't say it themselves. */
export const PROFILES: Readonly<Record<ProfileName, Launches>> = {
  'whole-fleet': {},
  'canary-first': { firstLaunch: 'canary' },
  slow: { launchSeconds: 420 },
  'slow-canary-first': { launchSeconds: 420, firstLaunch: 'canary' },
};
