import { apartScenes } from './apart.ts';
import { AUDIT } from './audit.ts';
import { badModelScenes } from './bad-model.ts';
import type { Content } from './content.ts';
import { deliverScenes } from './deliver.ts';
import { driftScenes } from './drift.ts';
import { OWN_MODEL } from './own-model.ts';
import { rollBackScenes } from './roll-back.ts';
import type { Scene } from './scenes.ts';
import type { Steps } from './steps.ts';
import type { World } from './world.ts';

/** The story of a team that has this content, on the workflow files of the repository. */
export function storyOf(content: Content): readonly Scene[] {
  const about = { chain: content.main };
  return [
    OWN_MODEL,
    ...deliverScenes(content),
    ...badModelScenes(about),
    ...rollBackScenes(about),
    ...driftScenes(about),
    ...apartScenes(content),
    ...AUDIT,
  ];
}

/**
 * Plays the story.
 *
 * @param from the step to begin with; those before it are played all the same, but without streams of requests
 * @throws UnexpectedOutcome at the first step that comes to something else.
 */
export async function playStory(world: World, steps: Steps, from?: string): Promise<void> {
  const scenes = storyOf(world.stage.content);
  const start = from === undefined ? 0 : scenes.findIndex(({ id }) => id === from);
  for (const [index, { title, play }] of scenes.entries()) {
    world.quiet = index < start;
    await steps.step(world.quiet ? `(before) ${title}` : title, async () => await play(world));
  }
}
