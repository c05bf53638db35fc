import { html } from 'hono/html';
import type { Board, ServiceBoard } from './board.ts';
import { renderDocument, type Html } from '../page/document.ts';
import type { EnvironmentCard, EnvironmentState, ServingRelease } from './environment-card.ts';
import { WINDOW_DAYS, type Figures, type Week } from './figures.ts';
import type { Story, StoryStep } from './stories.ts';
import { STYLE } from '../page/style.ts';

/** The board as one HTML page, which loads nothing and runs no script. */
export function renderBoard(board: Board): string {
  const { madeAt, repositoryUrl, services } = board;
  return renderDocument({
    title: 'Release board',
    style: STYLE,
    header: html`<p class="soft">
      ${link(repositoryUrl, repositoryUrl.replace(/^https?:\/\//, ''))}, as of ${time(madeAt)}
    </p>`,
    main: html`${
      services.length === 0
        ? html`<p>No environment.</p>`
        : services.map((service) => renderService(service, repositoryUrl))
    }`,
  });
}

function renderService({ service, environments, figures, stories }: ServiceBoard, repositoryUrl: string): Html {
  return html`<section>
    <h2>${service}</h2>
    <ol class="chain">
      ${environments.map((card) => renderCard(card, repositoryUrl))}
    </ol>
    ${figures === null ? '' : renderFigures(figures.environment, figures.of)} ${renderStories(stories, repositoryUrl)}
  </section>`;
}

function renderCard({ name, region, serves, states }: EnvironmentCard, repositoryUrl: string): Html {
  return html`<li>
    <h3>${name} <small>${region}</small></h3>
    ${serves === null ? html`<p>Nothing is known to serve.</p>` : renderServing(serves, repositoryUrl)}
    ${
      states.length === 0
        ? ''
        : html`<ul>
            ${states.map(renderState)}
          </ul>`
    }
  </li>`;
}

const STANDINGS = {
  verified: html`<span class="good">✓ verified</span>`,
  rejected: html`<span class="bad">✗ rejected</span>`,
  unverified: html`<span class="wait">? not verified</span>`,
} as const;

function renderServing(serves: ServingRelease, repositoryUrl: string): Html {
  const { name, since, runUrl, commit, standing, evidence, verifiedAt } = serves;
  return html`<p><code>${name}</code> ${STANDINGS[standing]}</p>
    <p class="soft">
      serves since ${time(since)}, by
      ${link(runUrl, 'this run')}${commit === null ? '' : html`, from ${commitLink(commit, repositoryUrl)}`}
    </p>
    ${
      evidence === null
        ? ''
        : html`<p class="soft">
            ${String(evidence.requests)}
            requests${
              evidence.p99Milliseconds === null ? '' : `, p99 ${String(evidence.p99Milliseconds)} ms`
            }${evidence.parity === null ? '' : `, ${evidence.parity}`}${verifiedAt === null ? '' : html` (${time(verifiedAt)})`}
          </p>`
    }`;
}

const STATES: Readonly<Record<EnvironmentState['kind'], { readonly title: string; readonly tone: string }>> = {
  unreadable: { title: 'Files not read', tone: 'bad' },
  'not-set-up': { title: 'Not set up', tone: 'wait' },
  unknown: { title: 'Ledger not read', tone: 'bad' },
  damaged: { title: 'Ledger damaged', tone: 'bad' },
  'under-way': { title: 'Under way', tone: 'wait' },
  interrupted: { title: 'Interrupted', tone: 'bad' },
  waiting: { title: 'Waiting', tone: 'wait' },
  held: { title: 'Held', tone: 'bad' },
  proposed: { title: 'Proposed', tone: 'wait' },
  rejected: { title: 'Rejected', tone: 'bad' },
  drifting: { title: 'Drifting', tone: 'bad' },
};

function renderState({ kind, text, url }: EnvironmentState): Html {
  const { title, tone } = STATES[kind];
  return html`<li><span class="${tone}">${title}:</span> ${url === null ? text : link(url, text)}</li>`;
}

function renderFigures(environment: string, figures: Figures): Html {
  const { deliveries, failures, failureShare, perWeek, leadTime, timeToRestore, weeks } = figures;
  const figure = (name: string, value: string, note: string): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}<small>${note}</small></dd>
    </div>`;
  return html`<h3>Deliveries to ${environment}, ${String(WINDOW_DAYS)} days</h3>
    <dl class="figures">
      ${figure('Lead time', duration(leadTime), 'median, built to promoted')}
      ${figure('Deployment frequency', `${perWeek.toFixed(1)} a week`, `${String(deliveries - failures)} of ${String(deliveries)} stayed`)}
      ${figure('Failure share', failureShare === null ? '–' : `${(failureShare * 100).toFixed(1)} %`, `${String(failures)} failed or left`)}
      ${figure('Time to restore', duration(timeToRestore), 'median, found bad to verified')}
    </dl>
    ${renderWeeks(weeks)}
    <details>
      <summary>What is counted</summary>
      <p>
        A delivery is a deployment of a release that did not serve before, which changed what serves. It failed if the
        release was found bad, or if a rollback left it. Lead time begins with the first entry of what was built in a
        release.json of the service and ends with its first promotion in ${environment}. The time to restore begins with
        the fact that the release is bad, or with the rollback, and ends when a verified release serves. All of it comes
        from the facts of the ledger.
      </p>
    </details>`;
}

/** Deliveries by week, as bars. */
function renderWeeks(weeks: readonly Week[]): Html | string {
  if (weeks.length < 2) return '';
  const most = Math.max(...weeks.map(({ promoted, failed }) => promoted + failed));
  const sum = (pick: (week: Week) => number): string => String(weeks.reduce((total, week) => total + pick(week), 0));
  const text = `Deliveries of ${String(weeks.length)} weeks: ${sum(({ promoted }) => promoted)} stayed, ${sum(({ failed }) => failed)} failed or were left; at most ${String(most)} in a week.`;
  const bars = weeks.map(({ promoted, failed }, index) => {
    const [good, bad] = [(promoted / most) * 90, (failed / most) * 90];
    const x = String(index * 10);
    const rect = (tone: string, from: number, height: number): Html | string =>
      height === 0
        ? ''
        : html`<rect
            class="${tone}"
            x="${x}"
            y="${(from - height).toFixed(1)}"
            width="8"
            height="${height.toFixed(1)}"
          />`;
    return [rect('good', 90, good), rect('bad', 90 - good, bad)];
  });
  return html`<svg
      role="img"
      aria-label="${text}"
      viewBox="0 0 ${String(weeks.length * 10)} 92"
      preserveAspectRatio="none"
    >
      ${bars.flat()}
    </svg>
    <p class="soft">${text}</p>`;
}

function renderStories(stories: readonly Story[], repositoryUrl: string): Html {
  const [first] = stories;
  if (first === undefined) return html`<p class="soft">No release yet.</p>`;
  return html`<h3>Releases</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Releases, the newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Built</th>
            <th scope="col">From</th>
            ${first.environments.map(({ name }) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${stories.map((story) => renderStory(story, repositoryUrl))}
        </tbody>
      </table>
    </div>`;
}

function renderStory({ commit, image, since, environments }: Story, repositoryUrl: string): Html {
  return html`<tr>
    <td>${time(since)}</td>
    <th scope="row">
      ${commit === null ? html`<code>${image.slice(0, 12)}</code>` : commitLink(commit, repositoryUrl)}
    </th>
    ${environments.map(({ steps }) => html`<td>${steps.length === 0 ? '–' : steps.map(renderStep)}</td>`)}
  </tr> `;
}

const STEPS: Readonly<Record<StoryStep['what'], { readonly title: string; readonly tone: string }>> = {
  promoted: { title: '✓ promoted', tone: 'good' },
  'rolled-back-to': { title: '↩ rolled back to', tone: 'good' },
  left: { title: '✗ left by a rollback', tone: 'bad' },
  failed: { title: '✗ failed', tone: 'bad' },
  unfinished: { title: '… not ended', tone: 'wait' },
  'without-verdict': { title: '? no verdict', tone: 'wait' },
};
/** A longer cause is cut: the run has all of it. */
const LONGEST_WHY = 200;

function renderStep({ at, what, why, runUrl }: StoryStep): Html {
  const { title, tone } = STEPS[what];
  const cut = why !== null && why.length > LONGEST_WHY ? `${why.slice(0, LONGEST_WHY)}…` : why;
  return html`<p>
    <span class="${tone}">${title}</span> ${link(runUrl, time(at))}${cut === null ? '' : html` <small>${cut}</small>`}
  </p>`;
}

function commitLink(commit: string, repositoryUrl: string): Html {
  return link(`${repositoryUrl}/commit/${commit}`, html`<code>${commit.slice(0, 12)}</code>`);
}

// Facts name the pages of their runs: nothing but a page becomes a link.
function link(url: string, text: string | Html): Html {
  return /^https?:\/\//.test(url) ? html`<a href="${url}">${text}</a>` : html`${text}`;
}

function time(at: number | string): Html {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return html`–`;
  const iso = date.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`;
}

const UNITS = [
  ['d', 24 * 60 * 60_000],
  ['h', 60 * 60_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A duration in its largest unit of at least two. */
function duration(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  const [unit, length] = UNITS.find(([, size]) => milliseconds >= 2 * size) ?? ['s', 1000];
  const value = milliseconds / length;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
