import { html, raw } from 'hono/html';
import { renderDocument, type Html } from '../../../actions/lib/domain/page/document.ts';
import { STYLE } from '../../../actions/lib/domain/page/style.ts';
import { renderMarkdown } from './markdown.ts';
import type { PageEvent, PageRun, PageStep } from './story.ts';
import { renderSwapPicture } from './swap-picture.ts';

const OWN_STYLE = `
:root{--r0:#0969da;--r1:#8250df;--r2:#bc4c00}
@media (prefers-color-scheme:dark){:root{--r0:#1f6feb;--r1:#a371f7;--r2:#db6d28}}
body>main>section{border-top:1px solid var(--line);margin-top:1.5rem}
details,figure{margin:.5rem 0}
article,details>div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem .75rem;overflow-x:auto}
pre{overflow-x:auto;white-space:pre-wrap;font:.8125rem/1.4 ui-monospace,monospace}
svg.swap{height:auto;max-height:none}svg text{fill:var(--ink);font:11px system-ui,sans-serif}
.release-0{fill:var(--r0);background:var(--r0)}.release-1{fill:var(--r1);background:var(--r1)}.release-2{fill:var(--r2);background:var(--r2)}
.line-0,.line-1,.line-2{fill:none;stroke-width:1.5}.line-0{stroke:var(--r0)}.line-1{stroke:var(--r1)}.line-2{stroke:var(--r2)}
svg .probe{fill:var(--soft)}
.key{display:inline-block;width:.75rem;height:.75rem;margin-right:.25rem}
svg line{stroke:var(--ink);stroke-dasharray:4 3}svg line.alarm{stroke:var(--bad-fill);stroke-width:2;stroke-dasharray:none}
`;

/** What the page tells. */
export interface RehearsalPage {
  /** Such as "Every outcome is the expected one (160 s)". */
  readonly verdict: string;
  readonly succeeded: boolean;
  readonly steps: readonly PageStep[];
  /** The tables and findings that the console ends with. */
  readonly report: string;
  readonly logDirectory: string;
}

/** The rehearsal as one HTML page, which loads nothing and runs no script. */
export function renderRehearsalPage({ verdict, succeeded, steps, report, logDirectory }: RehearsalPage): string {
  return renderDocument({
    title: 'Rehearsal',
    style: STYLE + OWN_STYLE,
    header: html`<p class="${succeeded ? 'good' : 'bad'}">${verdict}</p>`,
    main: html`${renderOutcomes(steps)} ${steps.map(renderStep)}
      <section>
        <h2>Console</h2>
        ${folded('The tables that the command printed', html`<pre>${report}</pre>`)}
        <p class="soft">Logs of all jobs: <code>${logDirectory}</code></p>
      </section>`,
  });
}

function renderOutcomes(steps: readonly PageStep[]): Html {
  return html`<h2>Outcomes</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Outcomes">
      <table>
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">outcome</th>
            <th scope="col">seconds</th>
          </tr>
        </thead>
        <tbody>
          ${steps.map(
            ({ result }, index) =>
              html`<tr>
                <th scope="row"><a href="#step-${String(index + 1)}">${result.name}</a></th>
                <td>${result.outcome}</td>
                <td>${result.seconds.toFixed(1)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function renderStep({ result, events, runs, swaps }: PageStep, index: number): Html {
  return html`<section id="step-${String(index + 1)}">
    <h2>${String(index + 1)}. ${result.name}</h2>
    <p><strong>${result.outcome}</strong> <span class="soft">${result.seconds.toFixed(1)} s</span></p>
    ${swaps.map(renderSwapPicture)} ${events.map(renderEvent)} ${runs.map(renderRun)}
  </section>`;
}

function renderEvent({ title, body }: PageEvent): Html {
  if (body === null || body.trim() === '') return html`<p>${title}</p>`;
  return folded(title, html`<div>${raw(renderMarkdown(body))}</div>`);
}

function renderRun({ title, conclusion, jobs }: PageRun): Html {
  const list = jobs.map(
    ({ name, result, summary, log }) =>
      html`<p><strong>${name}</strong>: <span class="${toneOf(result)}">${result}</span></p>
        ${summary.trim() === '' ? '' : html`<article>${raw(renderMarkdown(summary))}</article>`}
        ${log === '' ? '' : folded('the end of its log', html`<pre>${log}</pre>`)}`,
  );
  return folded(html`${title}: <span class="${toneOf(conclusion)}">${conclusion}</span>`, html`<div>${list}</div>`);
}

function toneOf(result: string): string {
  return result === 'success' ? 'good' : result === 'failure' ? 'bad' : 'soft';
}

function folded(summary: string | Html, content: Html): Html {
  return html`<details>
    <summary>${summary}</summary>
    ${content}
  </details>`;
}
