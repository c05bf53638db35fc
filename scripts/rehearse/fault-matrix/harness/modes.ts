import { runBundle } from './run-bundle.ts';
import { runUseCase } from './run-use-case.ts';
import { startProcessFixture, type ProcessFixture } from './process-fixture.ts';
import type { MatrixFixture } from './fixture.ts';
import { PROFILES, type ProfileName } from './profiles.ts';
import type { Mode } from './row.ts';
import { startVirtualFixture } from './virtual-fixture.ts';

/** The actions' own code on a virtual clock, against containers in the same process. */
export const VIRTUAL: Mode = {
  kind: 'virtual',
  startFixture: startVirtualFixture,
  run: runUseCase,
  settlingMilliseconds: 0,
};

/** The committed bundles as processes, against instances that are processes. */
export const REAL: Mode<ProcessFixture> = {
  kind: 'real',
  startFixture: startProcessFixture,
  run: runBundle,
  settlingMilliseconds: 15_000,
};

/** A mode in which fleets are launched as a profile says, unless the row says it. */
export function underProfile<Fixture extends MatrixFixture>(mode: Mode<Fixture>, profile: ProfileName): Mode<Fixture> {
  const launches = PROFILES[profile];
  return {
    ...mode,
    startFixture: async (options, github) => await mode.startFixture({ launches, ...options }, github),
  };
}
