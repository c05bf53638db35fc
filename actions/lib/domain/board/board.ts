import { isConfigured } from '../environment/configured.ts';
import { compareChainPlaces } from '../promotion/order.ts';
import { cardOf, type EnvironmentCard } from './environment-card.ts';
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

/** The board of these environments. */
export function makeBoard(
  sources: readonly BoardSource[],
  { repositoryUrl, now }: { readonly repositoryUrl: string; readonly now: number },
): Board {
  const sorted = sources.toSorted((a, b) => compareChainPlaces(a.environment, b.environment));
  const services = [...new Set(sorted.map(({ environment }) => environment.service))];
  return {
    madeAt: now,
    repositoryUrl,
    services: services.map((service) => {
      const chain = sorted.filter(({ environment }) => environment.service === service);
      return {
        service,
        environments: chain.map((source) => cardOf(source, now)),
        figures: figuresOf(chain, now),
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
