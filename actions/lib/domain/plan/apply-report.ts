import { UserError } from '../errors/user-error.ts';
import { renderExactJson } from '../json/exact.ts';
import { codeBlock, codeSpan, logLines } from '../text/markdown.ts';
import { shorten } from '../text/shorten.ts';
import { composeDocument, SUMMARY_LIMIT, type DocumentPart } from '../text/size-budget.ts';
import type { ApplyResult } from './apply.ts';
import { failureSection } from './sections.ts';
import { renderUnshown } from './unshown-changes.ts';
import { renderCounts } from './words.ts';

/** The outputs of the action. */
export function renderApplyOutputs(result: ApplyResult): Readonly<Record<string, string>> {
  return {
    outcome: result.kind,
    outputs: renderExactJson(result.kind === 'applied' || result.kind === 'no-changes' ? result.outputs : {}),
  };
}

/** The job summary. */
export function renderApplySummary(environment: string, result: ApplyResult): string {
  return composeDocument(
    [`## Apply: ${codeSpan(environment)}`, '', ...body(result)],
    (hidden) => (hidden === 0 ? '\n' : `\n${hidden.toLocaleString('en-US')} errors are not shown here.\n`),
    SUMMARY_LIMIT,
  );
}

function body(result: ApplyResult): readonly DocumentPart[] {
  switch (result.kind) {
    case 'applied':
      return [`**Applied** the plan that was shown: ${renderCounts(result.counts)}.`];
    case 'no-changes':
      return ['**Nothing to apply**: the environment already is as this commit says.'];
    case 'overtaken':
      return [`**Overtaken**: ${codeSpan(result.by)}, a later commit, is applied already. Nothing was changed.`];
    case 'refused':
      return [`**Refused, nothing was changed**: ${NOT_SHOWN}.`, '', codeBlock(differences(result), 'diff')];
    case 'failed':
      return [
        `**terraform ${result.step} failed**${result.step === 'apply' ? '; a part of the plan may have been applied' : ''}.`,
        '',
        failureSection(result),
      ];
  }
}

const NOT_SHOWN = 'a plan made now does more than the one that was shown';

/** What was not shown: `-` stands for what was shown, `+` for what would be done now. */
function differences({ unshown, live }: Extract<ApplyResult, { kind: 'refused' }>): readonly string[] {
  const routing = live === null ? [] : [`- live ${live.shown ?? 'nothing'}`, `+ live ${live.now ?? 'nothing'}`];
  return [...routing, ...renderUnshown(unshown)];
}

/** The error that the action ends with, or undefined where it ended well. */
export function applyFailure(environment: string, result: ApplyResult): UserError | undefined {
  switch (result.kind) {
    case 'applied':
    case 'no-changes':
    case 'overtaken':
      return undefined;
    case 'refused':
      return new UserError({
        what: `Nothing was applied to ${environment}: ${NOT_SHOWN}`,
        expected: 'the same changes, or fewer',
        found: ['these (- shown, + now):', ...differences(result).map((line) => `            ${logLines(line)}`)].join(
          '\n',
        ),
        remedy: `Run Deploy for ${environment} again: it shows the plan as it is now.`,
      });
    case 'failed': {
      const [first] = result.diagnostics.filter(({ severity }) => severity === 'error');
      return new UserError({
        what: `terraform ${result.step} failed for ${environment}`,
        expected: 'no errors',
        found: logLines(shorten(first?.summary ?? 'an exit code that is not 0')),
        remedy:
          result.step === 'apply'
            ? 'A part may have been applied. Correct the cause, then run Deploy again: it plans what is left.'
            : 'Correct what the annotations name, and run Deploy again.',
      });
    }
  }
}
