import { COST_HEADING, renderCost } from '../cost/render.ts';
import type { DocumentSection } from '../text/size-budget.ts';
import type { PlannedResult } from './summary.ts';

/** What the instances cost before and after a change. */
export function costSection({ cost }: PlannedResult, rank: number): DocumentSection {
  const lines = cost === undefined ? [] : renderCost(cost);
  // One item: its lines say nothing apart from each other.
  const items = lines.length === 0 ? [] : [{ rank, render: () => `${lines.join('\n')}\n` }];
  return { heading: COST_HEADING, items, more: () => '' };
}
