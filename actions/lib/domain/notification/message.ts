import { createHash } from 'node:crypto';

/** What people are told of an environment. */
export const NOTIFIED_OUTCOMES = [
  'waiting',
  'promoted',
  'rolled-back',
  'inconclusive',
  'stuck',
  'held',
  'refused',
  'interrupted',
  'failed',
  'drift',
] as const;
export type NotifiedOutcome = (typeof NOTIFIED_OUTCOMES)[number];

/**
 * What is told. Only names, ids and counts: a cause may quote an answer, and a reason may name a person. The page of the run has
 * both, for those who may read the repository.
 */
export interface Notification {
  readonly environment: string;
  readonly service: string;
  readonly task: 'deploy' | 'rollback';
  readonly outcome: NotifiedOutcome;
  /** Id of the release that was to serve; null where there is none. */
  readonly release: string | null;
  /** Id of the release that was last seen serving; null where unknown. */
  readonly serving: string | null;
  /** What waits, in one line; null where there is nothing to add. */
  readonly detail: string | null;
  /** Number of the issue that says more; null where the run does. */
  readonly issue: number | null;
}

/** Where a notification comes from. */
export interface NotificationOrigin {
  readonly repository: string;
  /** Such as `https://github.com/OWNER/REPOSITORY`. */
  readonly repositoryUrl: string;
  /** The commit whose runbook is linked. */
  readonly sha: string;
  readonly run: { readonly id: number; readonly attempt: number };
  readonly runUrl: string;
}

interface OutcomeWords {
  /** The sentence after "ENVIRONMENT of SERVICE: ". */
  readonly say: (what: 'deployment' | 'rollback') => string;
  /** The section of docs/runbook.md that says what to do; null where nothing has to be done, or the page of the run says it. */
  readonly runbook: string | null;
}

const OUTCOMES = 'what-the-outcomes-mean';

/** How each outcome is told. */
export const OUTCOME_WORDS: Readonly<Record<NotifiedOutcome, OutcomeWords>> = {
  waiting: { say: (what) => `a ${what} waits for an approval`, runbook: null },
  promoted: { say: () => 'promoted', runbook: null },
  'rolled-back': {
    say: (what) => (what === 'rollback' ? 'rolled back by hand' : 'the deployment was rolled back'),
    runbook: null,
  },
  inconclusive: { say: (what) => `the ${what} is inconclusive: its check gave no verdict`, runbook: 'inconclusive' },
  stuck: { say: (what) => `the ${what} is stuck: a person has to act`, runbook: 'stuck-endpoint' },
  held: { say: (what) => `the ${what} is held: nothing was routed`, runbook: 'held' },
  refused: { say: (what) => `the ${what} was refused: nothing was changed`, runbook: OUTCOMES },
  interrupted: { say: (what) => `the ${what} was interrupted: run the job again`, runbook: OUTCOMES },
  failed: { say: (what) => `the ${what} failed: the run says why`, runbook: OUTCOMES },
  drift: { say: () => 'it is not as Git says', runbook: null },
};

/** The outcome that people are told: a rollback that ends `promoted` is a rollback. */
function toldOutcome({ task, outcome }: Pick<Notification, 'task' | 'outcome'>): NotifiedOutcome {
  return task === 'rollback' && outcome === 'promoted' ? 'rolled-back' : outcome;
}

/** The id of a delivery: the same for each try, and for a run's attempt that sends it twice. */
export function deliveryId(notification: Notification, { repository, run }: NotificationOrigin): string {
  const { environment, task } = notification;
  const parts = [repository, environment, run.id, run.attempt, task, toldOutcome(notification)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/**
 * The body: a message as Slack takes it, and others that take Slack's.
 *
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function renderMessage(notification: Notification, origin: NotificationOrigin): string {
  const { environment, service, task } = notification;
  const { say, runbook } = OUTCOME_WORDS[toldOutcome(notification)];
  const head = escapeMarks(`${environment} of ${service}`);
  const rest = [say(task === 'deploy' ? 'deployment' : 'rollback'), ...factsOf(notification)]
    .map(escapeMarks)
    .join('\n');
  const links = linksOf(notification, origin, runbook).join(', ');
  return JSON.stringify({
    text: `${head}: ${rest}\n${links}`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*${head}*: ${rest}` } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: links }] },
    ],
  });
}

function linksOf(
  { issue }: Notification,
  { repositoryUrl, runUrl, run, sha }: NotificationOrigin,
  runbook: string | null,
): readonly string[] {
  const page =
    issue === null
      ? link(runUrl, `run ${String(run.id)}, attempt ${String(run.attempt)}`)
      : link(`${repositoryUrl}/issues/${String(issue)}`, `issue #${String(issue)}`);
  return runbook === null
    ? [page]
    : [page, link(`${repositoryUrl}/blob/${sha}/docs/runbook.md#${runbook}`, 'what to do')];
}

function factsOf({ release, serving, detail }: Notification): readonly string[] {
  const asked = release === null || release === serving ? [] : [`release ${release}`];
  const serves = serving === null ? [] : [`${serving} serves`];
  const ids = [...asked, ...serves].join(', ');
  return [...(ids === '' ? [] : [ids]), ...(detail === null ? [] : [detail])];
}

// https://docs.slack.dev/messaging/formatting-message-text#escaping
function escapeMarks(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function link(url: string, text: string): string {
  return `<${url}|${text}>`;
}
