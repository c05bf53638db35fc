import { isConfigured } from '../environment/configured.ts';
import { compareChainPlaces, type BrokenEnvironment } from '../promotion/order.ts';
import { cardOf, unreadableCard, type EnvironmentCard } from './environment-card.ts';
import { measureDelivery, type Figures } from './figures.ts';
import type { BoardSource, ListedRelease } from './source.ts';
import { storiesOf, type Story } from './stories.ts';

/** What runs where, since when and why: what the page shows, and nothing else of the ledgers. */
export interface Board {
  /** Milliseconds since the Unix epoch. */
  readonly madeAt: number;
  readonly repositoryUrl: string;
  readonly services: readonly ServiceBoard[];
}

export interface ServiceBoard {
  readonly service: string;
  /** In promotion order. */
  readonly environments: readonly EnvironmentCard[];
  /** Of the last environment; null where its ledger is not known. */
  readonly figures: { readonly environment: string; readonly of: Figures } | null;
  /** The newest first. */
  readonly stories: readonly Story[];
}

/** The board of these environments, and of those whose files can't be read. */
export function makeBoard(
  sources: readonly BoardSource[],
  { repositoryUrl, now }: { readonly repositoryUrl: string; readonly now: number },
  broken: readonly BrokenEnvironment[] = [],
): Board {
  const sorted = sources.toSorted((a, b) => compareChainPlaces(a.environment, b.environment));
  const places = [...sorted.map(({ environment }) => environment), ...broken].toSorted(compareChainPlaces);
  const services = [...new Set(places.map(({ service }) => service))];
  return {
    madeAt: now,
    repositoryUrl,
    services: services.map((service) => {
      const chain = sorted.filter(({ environment }) => environment.service === service);
      const unreadable = broken.filter((one) => one.service === service);
      const cards = [
        ...chain.map((source) => ({ place: source.environment, card: cardOf(source, now) })),
        ...unreadable.map((one) => ({ place: one, card: unreadableCard(one) })),
      ];
      return {
        service,
        environments: cards.toSorted((a, b) => compareChainPlaces(a.place, b.place)).map(({ card }) => card),
        // The one that can't be read may be the last one.
        figures: unreadable.length > 0 ? null : figuresOf(chain, now),
        stories: storiesOf(chain),
      };
    }),
  };
}

/** The environments that everybody may see: those whose team publishes them. */
export function publishedSources(sources: readonly BoardSource[]): readonly BoardSource[] {
  return sources.filter(({ environment }) => environment.publishBoard === true);
}

/** The board without what programs and people wrote: a cause may quote an answer, a reason may name a person. */
export function withoutReasons(board: Board): Board {
  return {
    ...board,
    services: board.services.map((service) => ({
      ...service,
      environments: service.environments.map((card) => ({
        ...card,
        states: card.states.map((state) =>
          state.kind === 'unknown' || state.kind === 'damaged'
            ? { ...state, text: 'the log of the run says why' }
            : state,
        ),
      })),
      stories: service.stories.map((story) => ({
        ...story,
        environments: story.environments.map(({ name, steps }) => ({
          name,
          steps: steps.map((step) => ({ ...step, why: null })),
        })),
      })),
    })),
  };
}

function figuresOf(chain: readonly BoardSource[], now: number): ServiceBoard['figures'] {
  const last = chain.findLast(({ environment }) => isConfigured(environment));
  if (last?.ledger.kind !== 'read') return null;
  const built = builtTimes(chain);
  const builtAt = (release: string): number | undefined => built.get(last.listed.get(release)?.artifact ?? '');
  const { environment, ledger } = last;
  return { environment: environment.name, of: measureDelivery(environment, ledger.history, builtAt, now) };
}

/** When each artifact was first listed in the chain. */
function builtTimes(chain: readonly BoardSource[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const releases = chain.flatMap<ListedRelease>(({ listed }) => [...listed.values()]);
  for (const { artifact, createdAt } of releases) {
    times.set(artifact, Math.min(times.get(artifact) ?? Infinity, Date.parse(createdAt)));
  }
  return times;
}
