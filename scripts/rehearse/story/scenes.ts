import type { World } from './world.ts';

/** A step of the story. */
export interface Scene {
  /** What `--from` takes. */
  readonly id: string;
  readonly title: string;
  /** What one sees in it, for `--list`. */
  readonly shows: string;
  /** @throws UnexpectedOutcome when it comes to something else. */
  readonly play: (world: World) => Promise<{ readonly outcome: string }>;
}
