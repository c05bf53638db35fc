import { AUDIT } from './audit.ts';
import { BAD_MODEL } from './bad-model.ts';
import { DELIVER } from './deliver.ts';
import { DRIFT } from './drift.ts';
import { ROLL_BACK } from './roll-back.ts';
import type { Scene } from './scenes.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

/** The story of a team, on the workflow files of the repository. */
export const STORY: readonly Scene[] = [...DELIVER, ...BAD_MODEL, ...ROLL_BACK, ...DRIFT, ...AUDIT];

/**
 * Plays the story.
 *
 * @param from the step to begin with; those before it are played all the same, but without streams of requests
 * @throws UnexpectedOutcome at the first step that comes to something else.
 */
export async function playStory(world: World, steps: Steps, from?: string): Promise<void> {
  const start = from === undefined ? 0 : STORY.findIndex(({ id }) => id === from);
  if (start === -1) throw new Error(`there is no step "${from ?? ''}": ${STORY.map(({ id }) => id).join(', ')}`);
  for (const [index, { title, play }] of STORY.entries()) {
    world.quiet = index < start;
    await steps.step(world.quiet ? `(before) ${title}` : title, async () => await play(world));
  }
}
