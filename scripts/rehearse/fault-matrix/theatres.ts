import { playBundle } from './play-bundle.ts';
import { playUseCase } from './play.ts';
import { createRealWorld, type RealWorld } from './real-world.ts';
import type { Theatre } from './row.ts';
import { createVirtualWorld } from './virtual-world.ts';

/** The actions' own code on a virtual clock, against containers in the same process. */
export const VIRTUAL: Theatre = {
  kind: 'virtual',
  createWorld: createVirtualWorld,
  play: playUseCase,
  settlingMilliseconds: 0,
};

/** The committed bundles as processes, against instances that are processes. */
export const REAL: Theatre<RealWorld> = {
  kind: 'real',
  createWorld: createRealWorld,
  play: playBundle,
  settlingMilliseconds: 15_000,
};
