import type { DocumentItem, DocumentPart, DocumentSection } from '../text/size-budget.ts';
import type { PlanLinks } from './plan-origin.ts';
import { costSection } from './cost-section.ts';
import type { AttributeChange } from './diff.ts';
import { codeBlock, codeSpan, htmlCode, wholeCodeSpan } from '../text/markdown.ts';
import { firstLines } from '../text/shorten.ts';
import { renderAttribute, renderResourceBlock, resourceTitle } from './resource-diff.ts';
import { importanceOf } from './summarise.ts';
import type { Diagnostic, PlannedResult, PlanSummary, ReleaseFacts, ResourceSummary, WarningId } from './summary.ts';
import { isBreaking, renderSignatureChange } from '../model-review/signature-changes.ts';
import type { ModelWarningId, ReviewSummary } from '../model-review/summary.ts';
import { MODEL_WARNING_WORDS } from '../model-review/words.ts';
import { renderCounts, STEP_WORDS, WARNING_WORDS, type WarningWords } from './words.ts';
import { acceptanceRemedy, findAcceptance, type Acceptances } from './policy-acceptance.ts';

// Truncation order: the highest rank is dropped first.
const RANK = {
  /** The first one of its kind in an environment. */
  mustAccept: 0,
  mustAcceptToo: 1,
  release: 2,
  failure: 2,
  loss: 3,
  warning: 4,
  statement: 5,
  diagnostic: 5,
  watch: 6,
  cost: 6,
  drift: 7,
  output: 8,
  diff: 12,
  diagnosticToo: 20,
} as const;

// Terraform's own errors are shorter; the full text is in the artifact.
const MOST_DETAIL_LINES = 40;
// Providers repeat themselves: the warnings beyond these come last.
const MOST_DIAGNOSTICS = 10;

/** What an environment's part of a comment needs besides its summary. */
export interface SectionContext {
  readonly acceptances: Acceptances;
  readonly links: PlanLinks;
}

/** One environment's part of a comment: meaning first, then counts, then the diff of each resource. */
export function environmentParts(
  summary: PlanSummary,
  { acceptances, links }: SectionContext,
): readonly DocumentPart[] {
  const { result } = summary;
  const title = (text: string): string => `### ${codeSpan(summary.environment)}: ${text}\n`;
  if (result.kind === 'failed') {
    return [title(`**${STEP_WORDS[result.step]} failed**`), failureSection(result), ''];
  }
  return [
    title(renderCounts(result.counts)),
    releaseSection(result, links),
    costSection(result, RANK.cost),
    warningSection(result, summary.environment, acceptances),
    lossSection(result),
    statementSection(result),
    diagnosticSection(result),
    watchSection(result),
    driftSection(result),
    outputSection(result),
    diffSection(result),
    '',
  ];
}

function section(heading: string, items: readonly DocumentItem[], things: string): DocumentSection {
  return { heading, items, more: (hidden) => `- and ${hidden.toLocaleString('en-US')} more ${things}\n` };
}

function lines(rank: number, texts: readonly string[]): readonly DocumentItem[] {
  // The last line ends its list, so that what follows is not read as a part of it.
  return texts.map((text, index) => ({ rank, render: () => (index === texts.length - 1 ? `${text}\n` : text) }));
}

/** The errors of a step that failed. */
export function failureSection({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): DocumentSection {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(renderDiagnostic);
  return section('', lines(RANK.failure, errors), 'errors');
}

// Also those of a plan that succeeds, such as a check whose assertion failed.
function diagnosticSection(result: PlannedResult): DocumentSection {
  const items = lines(RANK.diagnostic, terraformWarnings(result)).map((item, index) =>
    index < MOST_DIAGNOSTICS ? item : { ...item, rank: RANK.diagnosticToo },
  );
  return section('**Terraform warns**:', items, 'warnings of Terraform');
}

/** What Terraform warns of in a plan, each once. */
function terraformWarnings({ diagnostics }: PlannedResult): readonly string[] {
  return [...new Set(diagnostics.filter(({ severity }) => severity === 'warning').map(renderDiagnostic))];
}

function renderDiagnostic({ summary, detail, location }: Diagnostic): string {
  const place = location === null ? '' : ` at ${codeSpan(`${location.file}:${String(location.line)}`)}`;
  const block = (): string => codeBlock(firstLines(detail, MOST_DETAIL_LINES), 'text').replaceAll('\n', '\n  ');
  return `- ${codeSpan(summary)}${place}${detail === '' ? '' : `\n\n  ${block()}\n`}`;
}

function releaseSection({ release, serving }: PlannedResult, links: PlanLinks): DocumentSection {
  const out = serving === null ? [] : [`- the endpoint serves ${codeSpan(serving)} now`];
  switch (release.kind) {
    case 'none':
      return section('', [], 'facts');
    case 'unchanged': {
      const differs = serving !== null && serving !== release.live.id;
      const text = `**Release** stays ${codeSpan(release.live.id)}${differs ? `, but the endpoint serves ${codeSpan(serving)}` : ''}.\n`;
      return section('', [{ rank: RANK.release, render: () => text }], 'facts');
    }
    case 'withdrawn':
      return section(
        `**No release is live any more**; before it was ${codeSpan(release.from.id)}.`,
        lines(RANK.release, out.length === 0 ? [`- image ${codeSpan(release.from.image)}`] : out),
        'facts',
      );
    case 'first':
      return section(
        `**First release** ${codeSpan(release.to.id)}:`,
        lines(RANK.release, [
          ...factLines(undefined, release.to, links),
          ...environmentLines(release.environment),
          ...out,
        ]),
        'facts',
      );
    case 'changed': {
      const back = release.known ? ' (a release that was there before)' : '';
      return section(
        `**Release** ${codeSpan(release.from.id)} → ${codeSpan(release.to.id)}${back}:`,
        lines(RANK.release, [
          ...factLines(release.from, release.to, links),
          ...environmentLines(release.environment),
          ...(serving === release.from.id ? [] : out),
        ]),
        'facts',
      );
    }
  }
}

function factLines(from: ReleaseFacts | undefined, to: ReleaseFacts, links: PlanLinks): readonly string[] {
  const move = (name: string, before: string | null | undefined, after: string | null): string[] => {
    const shown = after === null ? 'none' : codeSpan(after);
    if (before === undefined) return [`- ${name} ${shown}`];
    return before === after ? [] : [`- ${name} ${before === null ? 'none' : codeSpan(before)} → ${shown}`];
  };
  const same = from !== undefined && from.image === to.image;
  return [
    ...move('image', from?.image, to.image),
    ...(same
      ? [`- the same image, from commit ${commitLink(to.commit, links)}`]
      : [`- ${commitRange(from, to, links)}`]),
    ...(from === undefined && to.model === null
      ? ['- model baked into the image']
      : move('model', from?.model, to.model)),
    ...move('instance type', from?.instanceType, to.instanceType),
    ...move('instances', text(from?.instanceCount), String(to.instanceCount)),
    ...move('startup timeout (s)', text(from?.startupTimeoutSeconds), String(to.startupTimeoutSeconds)),
    ...(to.promotedFrom === null ? [] : [`- promoted from ${codeSpan(to.promotedFrom)}`]),
  ];
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function commitRange(from: ReleaseFacts | undefined, to: ReleaseFacts, links: PlanLinks): string {
  if (from === undefined || !isSha(from.commit) || !isSha(to.commit)) return `commit ${commitLink(to.commit, links)}`;
  if (from.commit === to.commit) return `the same commit ${commitLink(to.commit, links)}`;
  const range = `${from.commit.slice(0, 12)}...${to.commit.slice(0, 12)}`;
  return `commits [\`${range}\`](${links.repositoryUrl}/compare/${from.commit}...${to.commit})`;
}

function commitLink(sha: string, links: PlanLinks): string {
  return isSha(sha) ? `[\`${sha.slice(0, 12)}\`](${links.repositoryUrl}/commit/${sha})` : codeSpan(sha);
}

function isSha(value: string): boolean {
  return /^[0-9a-f]{40}$/.test(value);
}

function environmentLines(changes: readonly AttributeChange[]): readonly string[] {
  return changes.map((change) => `- container environment ${codeSpan(renderAttribute(change))}`);
}

function lossSection({ resources }: PlannedResult): DocumentSection {
  const lost = resources.filter(({ action }) => ['delete', 'replace', 'forget'].includes(action));
  const verbs = { delete: 'Destroyed', replace: 'Replaced', forget: 'Forgotten' } as const;
  return section(
    '**Lost or replaced**:',
    lines(
      RANK.loss,
      lost.map((resource) => {
        const verb = resource.action === 'replace' || resource.action === 'forget' ? resource.action : 'delete';
        const causes = resource.attributes.filter(({ forcesReplacement }) => forcesReplacement);
        const because =
          causes.length === 0
            ? ''
            : `, forced by ${causes
                .slice(0, 5)
                .map(({ path }) => codeSpan(path))
                .join(', ')}`;
        return `- **${verbs[verb]}** ${codeSpan(resourceTitle(resource))}${because}`;
      }),
    ),
    'resources',
  );
}

/** The changes of a model's inputs and outputs that break callers, as warnings that have to be accepted. */
export function modelWarningSection({ service, result }: ReviewSummary, acceptances: Acceptances): DocumentSection {
  const breaking = result.kind === 'compared' ? result.review.signature.filter(isBreaking) : [];
  const said = breaking.map((change) => ({
    id: change.kind,
    said: renderSignatureChange(change),
    mustAccept: true,
    ...MODEL_WARNING_WORDS[change.kind],
  }));
  return warningLines(said, service, acceptances);
}

function warningSection({ warnings }: PlannedResult, environment: string, acceptances: Acceptances): DocumentSection {
  const said = warnings.map(({ id, subject, found }) => ({
    id,
    said: `${codeSpan(found)} in ${codeSpan(subject)}`,
    ...WARNING_WORDS[id],
  }));
  return warningLines(said, environment, acceptances);
}

interface SaidWarning extends WarningWords {
  readonly id: WarningId | ModelWarningId;
  readonly said: string;
}

/** @param about the environment of the plan, or the service of the model */
function warningLines(warnings: readonly SaidWarning[], about: string, acceptances: Acceptances): DocumentSection {
  const texts = warnings.map((warning) => warningLine(warning, about, acceptances));
  const seen = new Set<string>();
  const items = lines(RANK.warning, texts).map((item, index) => {
    const warning = warnings[index];
    if (warning?.mustAccept !== true || findAcceptance(acceptances, warning.id, about) !== undefined) return item;
    const rank = seen.has(warning.id) ? RANK.mustAcceptToo : RANK.mustAccept;
    seen.add(warning.id);
    return { ...item, rank, label: warning.id };
  });
  return section('**Warnings**:', items, 'warnings');
}

function warningLine(
  { id, said, title, reason, mustAccept }: SaidWarning,
  about: string,
  acceptances: Acceptances,
): string {
  const accepted = findAcceptance(acceptances, id, about);
  if (accepted !== undefined) return `- ~~\`${id}\`~~ **${title}**: ${said}, accepted ${codeSpan(accepted)}`;
  const how = mustAccept ? ` **To accept it**: ${acceptanceRemedy(acceptances, `${id} ${about}`)}.` : '';
  return `- \`${id}\` **${title}**: ${said}. ${reason}${how}`;
}

function statementSection({ statements }: PlannedResult): DocumentSection {
  return section(
    '**Permissions**:',
    lines(
      RANK.statement,
      statements.map(
        ({ change, address, document, text: said, brief = said }) =>
          `- ${change === 'added' ? '**added**' : 'removed'} ${wholeCodeSpan(brief)} (${codeSpan(`${address}.${document}`)})`,
      ),
    ),
    'statements',
  );
}

// Alarms decide whether a swap rolls back, and autoscaling how many instances there are: worth a line of their own.
function watchSection({ resources }: PlannedResult): DocumentSection {
  const watched = resources.filter(
    ({ type, action }) => /^aws_(?:cloudwatch_metric_alarm|appautoscaling_)/.test(type) && action !== 'read',
  );
  return section('**Alarms and autoscaling**:', lines(RANK.watch, watched.map(watchLine)), 'changes');
}

function watchLine(resource: ResourceSummary): string {
  const shown = resource.action === 'update' ? resource.attributes.slice(0, 5).map(renderAttribute) : [];
  const tail = shown.length === 0 ? '' : `: ${shown.map((line) => codeSpan(line)).join(', ')}`;
  return `- ${resource.action === 'delete' ? 'destroy' : resource.action} ${codeSpan(resource.address)}${tail}`;
}

function driftSection({ drift }: PlannedResult): DocumentSection {
  return section(
    '**Changed outside Terraform** since the last apply:',
    drift.map((resource) => ({ rank: RANK.drift, render: () => renderResourceBlock(resource) })),
    'resources',
  );
}

function outputSection({ outputs }: PlannedResult): DocumentSection {
  if (outputs.length === 0) return section('', [], 'outputs');
  const block = (): string =>
    `<details><summary>Outputs: ${htmlCode(String(outputs.length))} values change</summary>\n\n${codeBlock(outputs.map(renderAttribute), 'diff')}\n\n</details>`;
  return section('', [{ rank: RANK.output, render: block }], 'outputs');
}

function diffSection({ resources }: PlannedResult): DocumentSection {
  return section(
    '',
    resources.map((resource) => ({
      rank: RANK.diff + importanceOf(resource),
      render: () => renderResourceBlock(resource),
    })),
    'resources',
  );
}
