import type { NamedEnvironment } from '../environment/names.ts';
import type { Attempt } from '../ledger/history.ts';
import { hasLeft } from '../ledger/standing.ts';
import { artifactOf, type BoardSource } from './source.ts';

/** What was built once, and what happened to it in each environment of its service. */
export interface Story {
  /** The commit that it was built from; null where no release.json lists it. */
  readonly commit: string | null;
  /** Digest of the image, without `sha256:`. */
  readonly image: string;
  /** ISO 8601: its first entry in a release.json, else its first attempt. */
  readonly since: string;
  /** In promotion order; empty where it did not come. */
  readonly environments: readonly { readonly name: string; readonly steps: readonly StoryStep[] }[];
}

/** One attempt with it, or a rollback that left it. */
export interface StoryStep {
  /** ISO 8601. */
  readonly at: string;
  readonly release: string;
  readonly what: 'promoted' | 'rolled-back-to' | 'left' | 'failed' | 'unfinished' | 'without-verdict';
  /** Why; null where it is promoted. */
  readonly why: string | null;
  readonly runUrl: string;
}

interface Entry {
  readonly artifact: string;
  readonly environment: string;
  readonly step: StoryStep;
}

/** The stories of a promotion chain, the newest first. */
export function storiesOf(chain: readonly BoardSource[]): readonly Story[] {
  const entries = groupByArtifact(chain.flatMap(entriesOf));
  const names = chain.map(({ environment }) => environment.name);
  const births = birthsOf(chain);
  return [...new Set([...births.keys(), ...entries.keys()])]
    .map((artifact): Story => {
      const own = entries.get(artifact) ?? [];
      const birth = births.get(artifact);
      return {
        commit: birth?.commit ?? null,
        image: artifact.split(' ')[0]?.replace('sha256:', '') ?? '',
        since: birth?.createdAt ?? own.map(({ step }) => step.at).sort()[0] ?? '',
        environments: names.map((name) => ({
          name,
          steps: own.flatMap(({ environment, step }) => (environment === name ? [step] : [])),
        })),
      };
    })
    .sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
}

function groupByArtifact(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.artifact);
    if (group === undefined) groups.set(entry.artifact, [entry]);
    else group.push(entry);
  }
  return groups;
}

/** The first entry of each artifact in a release.json of the chain. */
function birthsOf(chain: readonly BoardSource[]) {
  const releases = chain.flatMap(({ listed }) => [...listed.values()]);
  const oldestLast = releases.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return new Map(oldestLast.map((release) => [release.artifact, release]));
}

function entriesOf({ environment, ledger, listed }: BoardSource): readonly Entry[] {
  if (ledger.kind === 'unknown') return [];
  const oldestFirst = ledger.history.attempts.toReversed();
  const images = new Map(oldestFirst.map(({ begun }) => [begun.release, begun.image]));
  const artifactOfRelease = (release: string): string =>
    listed.get(release)?.artifact ?? artifactOf(images.get(release) ?? release, undefined);
  return oldestFirst.flatMap((attempt) =>
    stepsOf(attempt, environment).map((step) => ({
      step,
      artifact: artifactOfRelease(step.release),
      environment: environment.name,
    })),
  );
}

function stepsOf(attempt: Attempt, environment: NamedEnvironment): readonly StoryStep[] {
  const { begun, at, times, runUrl } = attempt;
  const step = { at: times.ended ?? at, runUrl };
  const own: StoryStep = { ...step, release: begun.release, ...describe(attempt) };
  // A check of what serves already is no step of its own.
  if (begun.release === begun.previousRelease && own.what === 'promoted') return [];
  if (begun.leaves === null || !hasLeft(attempt, environment)) return [own];
  return [own, { ...step, release: begun.leaves, what: 'left', why: begun.reason }];
}

function describe({ begun, ended, foundBadAt, steps }: Attempt): Pick<StoryStep, 'what' | 'why'> {
  const why = ended?.cause ?? steps.at(-1)?.cause ?? null;
  if (foundBadAt !== undefined) return { what: 'failed', why };
  if (ended === undefined) return { what: 'unfinished', why };
  if (ended.outcome !== 'promoted') return { what: 'without-verdict', why };
  return begun.task === 'deploy' ? { what: 'promoted', why: null } : { what: 'rolled-back-to', why: begun.reason };
}
