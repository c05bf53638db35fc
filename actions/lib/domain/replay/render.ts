import { reviewParts } from '../model-review/render.ts';
import { codeSpan } from '../text/markdown.ts';
import { composeDocument, type Limit } from '../text/size-budget.ts';
import type { ReplaySummary } from './summary.ts';

const MARKER = /^<!-- sagemaker-gitops:replay (\S+) -->$/;

/** The hidden first line of a comment, by which it is found again, and which says what it is about. */
function markerOf({ environment, release, live }: Pick<ReplaySummary, 'environment' | 'release' | 'live'>): string {
  return `${environment}/${release}/${live}`;
}

/** What a comment is about; undefined where it is no replay's. Anybody can copy the line: look at the author too. */
function readMarker(body: string): string | undefined {
  return MARKER.exec(body.split(/\r?\n/, 1)[0] ?? '')?.[1];
}

/** Whether a comment shows the replay of this release against the live one. */
export function isAbout(body: string, replay: Parameters<typeof markerOf>[0]): boolean {
  return readMarker(body) === markerOf(replay);
}

/** Whether a comment shows a replay of this environment, of whichever release. */
export function isOfEnvironment(body: string, environment: string): boolean {
  return readMarker(body)?.startsWith(`${environment}/`) === true;
}

/** The replay as Markdown: the body of the comment, or the summary of the job. */
export function renderReplay(summary: ReplaySummary, runUrl: string, limit: Limit): string {
  const { environment, release, live, review } = summary;
  const heading = `### Captured requests of ${codeSpan(environment)}: what they would be answered differently\n`;
  const about =
    `Release ${codeSpan(release)} against ${codeSpan(live)}, which serves: ${describeSample(summary)} ` +
    `Values are not shown, and distances have one digit. [Run](${runUrl})\n`;
  const ending = (hidden: number): string =>
    hidden === 0 ? about : `${about}\n${String(hidden)} items are not shown.\n`;
  const marker = `<!-- sagemaker-gitops:replay ${markerOf(summary)} -->`;
  return `${marker}\n${composeDocument(reviewParts(review, [], heading), ending, { ...limit, most: limit.most - marker.length - 1 })}`;
}

function describeSample({ sample, hours }: ReplaySummary): string {
  const { requests, probes, unreadable } = sample;
  const left = [
    ...(probes === 0 ? [] : [`${String(probes)} of our own probes are left out`]),
    ...(unreadable === 0 ? [] : [`${String(unreadable)} lines hold no request`]),
  ];
  const time = hours === 1 ? 'the last hour' : `the last ${String(hours)} hours`;
  return `${String(requests)} requests that were captured in ${time}${left.map((text) => `; ${text}`).join('')}.`;
}
