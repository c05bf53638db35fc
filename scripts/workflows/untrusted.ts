import type { Job, Step, Workflow } from '@sagemaker-gitops/workflow-runner';

/**
 * What an outsider writes, in the notation of expressions; `*` is any one name. From GitHub's guide to script injections
 * (https://docs.github.com/en/actions/concepts/security/script-injections) and what CodeQL's queries add to it.
 */
export const UNTRUSTED_CONTEXTS = [
  'github.event.issue.title',
  'github.event.issue.body',
  'github.event.discussion.title',
  'github.event.discussion.body',
  'github.event.pull_request.title',
  'github.event.pull_request.body',
  'github.event.pull_request.head.ref',
  'github.event.pull_request.head.label',
  'github.event.pull_request.head.repo.default_branch',
  'github.event.pull_request.head.repo.description',
  'github.event.pull_request.head.repo.homepage',
  'github.event.comment.body',
  'github.event.review.body',
  'github.event.review_comment.body',
  'github.event.pages.*.page_name',
  'github.event.commits.*.message',
  'github.event.commits.*.author.email',
  'github.event.commits.*.author.name',
  'github.event.head_commit.message',
  'github.event.head_commit.author.email',
  'github.event.head_commit.author.name',
  'github.event.head_commit.committer.email',
  'github.event.head_commit.committer.name',
  'github.event.merge_group.head_commit.message',
  'github.event.workflow_run.head_branch',
  'github.event.workflow_run.head_commit.message',
  'github.event.workflow_run.display_title',
  'github.event.changes.title.from',
  'github.event.changes.body.from',
  'github.head_ref',
] as const;

/** An expression, and where it stands. */
export interface Finding {
  readonly job: string;
  readonly where: string;
  readonly expression: string;
}

/** Every expression in what a shell or an interpreter reads as code. What such a step needs comes in by `env`. */
export function findExpressionsInScripts(workflow: Workflow): readonly Finding[] {
  return Object.entries(workflow.jobs).flatMap(([job, { steps = [], defaults }]) => [
    ...expressionsOf(job, 'defaults', [defaults?.run.shell, defaults?.run['working-directory']]),
    ...steps.flatMap((step, index) => expressionsOf(job, `step ${index + 1}`, codeOf(step))),
  ]);
}

/** Every use of what an outsider writes, wherever it stands. */
export function findUntrusted(workflow: Workflow): readonly Finding[] {
  const patterns = UNTRUSTED_CONTEXTS.map((name) => toPattern(name));
  const found = Object.entries(workflow.jobs).flatMap(([job, content]) => inJob(job, content, patterns));
  const outside: unknown = { ...workflow, jobs: undefined };
  return [...found, ...inValue('', 'workflow', outside, patterns)];
}

function inJob(job: string, { steps = [], ...rest }: Job, patterns: readonly RegExp[]): readonly Finding[] {
  return [
    ...inValue(job, 'job', rest, patterns),
    ...steps.flatMap((step, index) => inValue(job, `step ${index + 1}`, step, patterns)),
  ];
}

function inValue(job: string, where: string, value: unknown, patterns: readonly RegExp[]): readonly Finding[] {
  return stringsOf(value).flatMap((text) =>
    patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([expression]) => ({ job, where, expression }))),
  );
}

function codeOf(step: Step): readonly (string | undefined)[] {
  // actions/github-script takes a program as its input.
  const script = step.with['script'];
  return [step.run, step.shell, step['working-directory'], typeof script === 'string' ? script : undefined];
}

function expressionsOf(job: string, where: string, texts: readonly (string | undefined)[]): readonly Finding[] {
  return texts.flatMap((text) =>
    [...(text ?? '').matchAll(/\$\{\{.*?\}\}/gs)].map(([expression]) => ({ job, where, expression })),
  );
}

// `github['event']` and `github.event` are the same, and so are all cases.
function toPattern(context: string): RegExp {
  const parts = context.split('.').map((part) => {
    const name = part === '*' ? String.raw`(?:\*|\w+)` : part;
    return String.raw`(?:\.\s*${name}|\[\s*'?${name}'?\s*\])`;
  });
  const [first = '', ...rest] = parts;
  return new RegExp(String.raw`\b${first.replace(String.raw`(?:\.\s*`, '(?:')}${rest.join('')}(?![\w-])`, 'gi');
}

function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}
