import { renderBrokenBinding } from './envelope.ts';
import { UserError } from '../errors/user-error.ts';
import type { ApplyResult, AppliedPlan, Refusal } from './apply.ts';
import type { AttributeChange } from './diff.ts';
import { codeBlock, codeSpan, logLines } from '../text/markdown.ts';
import type { MeaningDifference, MeantChange } from './meaning.ts';
import { renderAttribute } from './resource-diff.ts';
import { renderCounts } from './words.ts';

// A refusal names what differs; a reader who has to see more than this looks at both plans.
const MOST_LISTED = 50;

const PLAN_WORDS: Readonly<Record<AppliedPlan, string>> = {
  reviewed: 'the saved plan that was reviewed',
  replanned: 'a new plan, which means the same as the reviewed one',
  unreviewed: 'a new plan that nobody reviewed, as the caller allowed',
};

/** The outputs of the action. */
export function renderApplyOutputs(result: ApplyResult): Readonly<Record<string, string>> {
  return {
    outcome: result.kind,
    'applied-plan': result.kind === 'applied' ? result.plan : 'none',
    'broken-bindings': JSON.stringify(result.broken.map(({ name }) => name)),
    outputs: JSON.stringify(result.kind === 'applied' || result.kind === 'no-changes' ? result.outputs : {}),
  };
}

/** The job summary. */
export function renderApplySummary(environment: string, result: ApplyResult): string {
  const broken = result.broken.map((binding) => `- ${codeSpan(renderBrokenBinding(binding))}`);
  const moved = broken.length === 0 ? [] : ['', 'Since the review:', '', ...broken];
  return [`## Apply: ${codeSpan(environment)}`, '', ...body(result), ...moved, ''].join('\n');
}

function body(result: ApplyResult): readonly string[] {
  switch (result.kind) {
    case 'applied':
      return [`**Applied** ${PLAN_WORDS[result.plan]}: ${renderCounts(result.counts)}.`];
    case 'no-changes':
      return ['**Nothing to apply**: the environment already is as this commit says.'];
    case 'refused':
      return [`**Refused, nothing was changed**: ${refusalWords(result.refusal)}.`, ...differenceLines(result.refusal)];
    case 'failed':
      return [
        `**terraform ${result.step} failed**${result.step === 'apply' ? '; a part of the plan may have been applied' : ''}.`,
        ...result.diagnostics
          .filter(({ severity }) => severity === 'error')
          .slice(0, MOST_LISTED)
          .map(({ summary, detail }) => `\n${codeBlock([summary, ...detail.split(/\r?\n/)], 'text')}`),
      ];
  }
}

function refusalWords(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'missing':
      return 'there is no envelope of a reviewed plan';
    case 'foreign':
      return 'the envelope is not that of the plan that was reviewed for this commit and environment';
    case 'different':
      return 'a plan made now does not mean the same as the one that was reviewed';
    case 'mislabelled':
      return 'the saved plan would do something else than its envelope says';
  }
}

function differenceLines(refusal: Refusal): readonly string[] {
  if (refusal.kind !== 'different' && refusal.kind !== 'mislabelled') return [];
  return ['', codeBlock(renderDifference(refusal.difference), 'diff')];
}

/** How two plans differ: `-` stands for the reviewed one, `+` for the one of now. */
export function renderDifference(difference: MeaningDifference): readonly string[] {
  const lines = [
    ...difference.onlyReviewed.flatMap((change) => [`- ${change.action} ${change.subject}`]),
    ...difference.onlyNow.flatMap((change) => [`+ ${change.action} ${change.subject}`, ...attributeLines(change, '+')]),
    ...difference.different.flatMap(({ reviewed, now }) => differingLines(reviewed, now)),
  ];
  const hidden = lines.length - MOST_LISTED * 4;
  return hidden <= 0 ? lines : [...lines.slice(0, MOST_LISTED * 4), `  and ${String(hidden)} lines more`];
}

function attributeLines({ attributes }: MeantChange, sign: string): readonly string[] {
  return attributes.slice(0, MOST_LISTED).map((attribute) => `${sign}   ${renderAttribute(attribute)}`);
}

function differingLines(reviewed: MeantChange, now: MeantChange): readonly string[] {
  const [before, after] = [reviewed, now].map(({ attributes }) => new Set(attributes.map(renderAttribute)));
  const only = (attributes: readonly AttributeChange[], others: ReadonlySet<string> | undefined): readonly string[] =>
    attributes.map(renderAttribute).filter((line) => others?.has(line) !== true);
  const lines = [
    ...only(reviewed.attributes, after).map((line) => `-   ${line}`),
    ...only(now.attributes, before).map((line) => `+   ${line}`),
  ];
  return [
    ...(reviewed.action === now.action
      ? [`  ${now.action} ${now.subject}`]
      : [`- ${reviewed.action} ${reviewed.subject}`, `+ ${now.action} ${now.subject}`]),
    ...(lines.length === 0 ? ['!   a hidden value is another one'] : lines),
  ];
}

/** The error that the action ends with, or undefined where it ended well. */
export function applyFailure(environment: string, result: ApplyResult): UserError | undefined {
  if (result.kind === 'applied' || result.kind === 'no-changes') return undefined;
  if (result.kind === 'failed') {
    const [first] = result.diagnostics.filter(({ severity }) => severity === 'error');
    return new UserError({
      what: `terraform ${result.step} failed for ${environment}`,
      expected: 'no errors',
      found: logLines(first?.summary ?? 'an exit code that is not 0'),
      remedy:
        result.step === 'apply'
          ? 'A part may have been applied. Correct the cause, then plan and apply again: by a new pull request, or by a dispatch with allow-unreviewed.'
          : 'Correct what the annotations name, and run the job again.',
    });
  }
  const { refusal, broken } = result;
  const reasons = broken.map((binding) => logLines(renderBrokenBinding(binding)));
  const differences =
    refusal.kind === 'different' || refusal.kind === 'mislabelled'
      ? renderDifference(refusal.difference).map((line) => `            ${logLines(line)}`)
      : [];
  return new UserError({
    what: `Nothing was applied to ${environment}: ${refusalWords(refusal)}`,
    expected: EXPECTED[refusal.kind],
    found: [[...reasons].join('; ') || FOUND[refusal.kind], ...differences].join('\n'),
    remedy: REMEDY[refusal.kind],
  });
}

const EXPECTED: Readonly<Record<Refusal['kind'], string>> = {
  missing: 'the envelope of the plan that was reviewed',
  foreign: 'bindings that all hold',
  different: 'the same resource changes',
  mislabelled: 'the same resource changes',
};

const FOUND: Readonly<Record<Refusal['kind'], string>> = {
  missing: 'none',
  foreign: 'another envelope',
  different: 'these (- reviewed, + now):',
  mislabelled: 'these (- in the saved plan, + in a plan made now):',
};

const REMEDY: Readonly<Record<Refusal['kind'], string>> = {
  missing:
    'Let the pull request make a plan (artifacts expire), or, for a first set-up, dispatch with allow-unreviewed: true.',
  foreign: 'Use the envelope that the pull request of this commit made in its last run.',
  different: 'Open a pull request, so that somebody sees the plan as it is now; nothing has been changed.',
  mislabelled: 'Treat it as an attack until you know better: look at who made the envelope. Nothing has been changed.',
};
