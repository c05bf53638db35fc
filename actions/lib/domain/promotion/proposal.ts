import { z } from 'zod';
import type { Release, ReleaseId } from '../release/release.ts';

/** What an open pull request of ours proposes, hidden in its body so that a later run knows. */
const proposalSchema = z.object({
  kind: z.literal(['promotion', 'rollback-record']),
  environment: z.string(),
  release: z.string(),
  commit: z.string(),
});

export type Proposal = z.output<typeof proposalSchema>;

/** The branch of a proposal; one for each release, so that an approval of one can never merge another. */
export function proposalBranch(kind: Proposal['kind'], environment: string, id: ReleaseId): string {
  return `${proposalPrefix(kind, environment)}${id}`;
}

/** What the branches of an environment's proposals start with. */
export function proposalPrefix(kind: Proposal['kind'], environment: string): string {
  return `${kind === 'promotion' ? 'promote' : 'rollback-record'}/${environment}/`;
}

const START = '<!-- release-proposal ';

/** The hidden line of a body. */
export function renderMarker(proposal: Proposal): string {
  // JSON escapes what could end a comment early.
  return `${START}${JSON.stringify(proposal).replaceAll('>', '\\u003e')} -->`;
}

/** The proposal hidden in a body, or undefined where there is none that can be read. */
export function parseMarker(body: string): Proposal | undefined {
  const line = body.split('\n').find((candidate) => candidate.startsWith(START));
  if (line === undefined) return undefined;
  try {
    const parsed = proposalSchema.safeParse(JSON.parse(line.slice(START.length, line.lastIndexOf(' -->'))));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** What two releases differ in, as rows of a table: what, now, then. */
export function compareReleases(
  before: Release | undefined,
  after: Release,
  repositoryUrl: string,
): readonly (readonly [string, string, string])[] {
  const rows: (readonly [string, string, string])[] = [
    ['release', code(before?.id), code(after.id)],
    ['image', code(digestOf(before?.spec.image)), code(digestOf(after.spec.image))],
    ['commit', commitLink(before, repositoryUrl), commitLinkWithRange(before, after, repositoryUrl)],
    ['model', modelOf(before), modelOf(after)],
    ['runs on', runsOn(before), runsOn(after)],
    ['container environment', environmentOf(before), environmentOf(after)],
  ];
  return rows.map(([what, now, then]) => [what, now, now === then ? 'the same' : then]);
}

/** A table of three columns in Markdown. */
export function renderRows(rows: readonly (readonly [string, string, string])[]): string {
  return ['| | now | then |', '| --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
}

function code(text: string | undefined): string {
  return text === undefined ? '–' : `\`${text}\``;
}

function digestOf(image: string | undefined): string | undefined {
  // Enough to tell two digests apart; the whole one is in the diff.
  return image?.slice(image.indexOf('@') + 1).slice(0, 'sha256:'.length + 12);
}

function commitLink(release: Release | undefined, url: string): string {
  const commit = release?.source.commit;
  return commit === undefined ? '–' : `[\`${commit.slice(0, 12)}\`](${url}/commit/${commit})`;
}

function commitLinkWithRange(before: Release | undefined, after: Release, url: string): string {
  const link = commitLink(after, url);
  const [from, to] = [before?.source.commit, after.source.commit];
  return from === undefined || from === to ? link : `${link} ([what changed](${url}/compare/${from}...${to}))`;
}

function modelOf(release: Release | undefined): string {
  if (release === undefined) return '–';
  const { spec, source } = release;
  const short = (digest: string): string => code(digest.slice(0, 'sha256:'.length + 12));
  if (spec.model !== null) return short(spec.model.digest);
  // An entry from before digests were recorded: the model is the same where the image is.
  if (source.modelDigest === undefined) return `in the image ${code(digestOf(spec.image))}`;
  return `${short(source.modelDigest)}, in the image`;
}

function runsOn(release: Release | undefined): string {
  return release === undefined ? '–' : `${release.spec.instanceType} × ${release.spec.instanceCount}`;
}

// Keys only: a value may be a secret.
function environmentOf(release: Release | undefined): string {
  const keys = Object.keys(release?.spec.environment ?? {}).sort();
  return keys.length === 0 ? '–' : keys.map(code).join(', ');
}
