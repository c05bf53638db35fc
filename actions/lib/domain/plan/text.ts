import { renderCostText } from '../cost/render.ts';
import { visible } from '../text/markdown.ts';
import { renderAttribute, renderResourceText } from './resource-diff.ts';
import type { PlanSummary } from './summary.ts';
import { renderCounts, STEP_WORDS, WARNING_WORDS } from './words.ts';

/** The whole plan as plain text, hidden values apart: the file that a comment which had to leave things out refers to. */
export function renderPlanText(summary: PlanSummary): string {
  const { result } = summary;
  const head = [
    `Plan of ${summary.environment} for commit ${summary.headSha}`,
    `Terraform ${summary.terraformVersion ?? 'unknown'}`,
  ];
  const diagnostics = result.diagnostics.flatMap(({ severity, summary: said, detail, location }) => [
    `${severity}: ${visible(said)}${location === null ? '' : ` (${location.file}:${String(location.line)})`}`,
    ...detail.split(/\r?\n/).map((line) => `  ${visible(line)}`),
  ]);
  if (result.kind === 'failed')
    return [...head, `${STEP_WORDS[result.step]} failed`, '', ...diagnostics, ''].join('\n');
  const blocks = (title: string, texts: readonly string[]): readonly string[] =>
    texts.length === 0 ? [] : ['', `${title}:`, ...texts];
  return [
    ...head,
    renderCounts(result.counts),
    ...blocks(
      'Warnings',
      result.warnings.map(
        ({ id, subject, found }) => `  ${id} (${WARNING_WORDS[id].title}): ${visible(found)} in ${visible(subject)}`,
      ),
    ),
    ...blocks(
      'Permissions',
      result.statements.map(
        ({ change, address, document, text }) => `  ${change} ${visible(text)} (${visible(address)}.${document})`,
      ),
    ),
    ...blocks('Cost of the instances', result.cost === undefined ? [] : renderCostText(result.cost)),
    ...blocks('Changed outside Terraform', result.drift.map(renderResourceText)),
    ...blocks(
      'Outputs',
      result.outputs.map((output) => `  ${visible(renderAttribute(output))}`),
    ),
    ...blocks('Resources', result.resources.map(renderResourceText)),
    ...blocks('Diagnostics', diagnostics),
    '',
  ].join('\n');
}
