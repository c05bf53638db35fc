import type { Triggers } from './workflow-model.ts';

/** What happened, as far as it decides which workflows start. */
export interface TriggerEvent {
  readonly name: string;
  readonly action?: string | undefined;
  /** The full ref; for a pull request that of its base branch. */
  readonly ref: string;
  /** The files that changed; undefined where an event has none. */
  readonly changedFiles?: readonly string[] | undefined;
  /** The line of a schedule whose time has come. */
  readonly cron?: string | undefined;
}

const DEFAULT_PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened'];

/** Whether an event starts a workflow: its event, activity types, branches and paths. */
export function isStartedBy(triggers: Triggers, event: TriggerEvent): boolean {
  switch (event.name) {
    case 'push':
      return triggers.push !== undefined && matchesFilters(triggers.push, event);
    case 'pull_request': {
      const wanted = triggers.pull_request;
      if (wanted === undefined) return false;
      const types = ('types' in wanted ? wanted.types : undefined) ?? DEFAULT_PULL_REQUEST_TYPES;
      return types.includes(event.action ?? '') && matchesFilters(wanted, event);
    }
    case 'merge_group':
      return triggers.merge_group !== undefined;
    case 'schedule':
      return triggers.schedule?.some(({ cron }) => cron === event.cron) === true;
    case 'workflow_dispatch':
      return triggers.workflow_dispatch !== undefined;
    case 'repository_dispatch': {
      const wanted = triggers.repository_dispatch;
      if (wanted === undefined) return false;
      const types = 'types' in wanted ? wanted.types : undefined;
      return types === undefined || types.includes(event.action ?? '');
    }
    default:
      return false;
  }
}

interface Filters {
  readonly branches?: readonly string[] | undefined;
  readonly 'branches-ignore'?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
  readonly 'paths-ignore'?: readonly string[] | undefined;
}

function matchesFilters(filters: Filters, { ref, changedFiles = [] }: TriggerEvent): boolean {
  const branch = ref.replace(/^refs\/heads\//, '');
  // With filters for branches alone a tag starts nothing.
  if ((filters.branches ?? filters['branches-ignore']) !== undefined && !ref.startsWith('refs/heads/')) return false;
  if (filters.branches !== undefined && !isSelected(filters.branches, branch)) return false;
  if (filters['branches-ignore'] !== undefined && isSelected(filters['branches-ignore'], branch)) return false;
  const { paths, 'paths-ignore': ignored } = filters;
  if (paths !== undefined && !changedFiles.some((file) => isSelected(paths, file))) return false;
  return ignored === undefined || !changedFiles.every((file) => isSelected(ignored, file));
}

// In order: a later pattern overrides an earlier one, and `!` takes away.
export function isSelected(patterns: readonly string[], name: string): boolean {
  let selected = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!');
    if (toRegExp(negative ? pattern.slice(1) : pattern).test(name)) selected = !negative;
  }
  return selected;
}

/** A filter pattern: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet */
export function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?|[*?+]|\[[^\]]*\]|[.^${}()|\\]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' || part === '+' || part.startsWith('[') ? part : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
}
