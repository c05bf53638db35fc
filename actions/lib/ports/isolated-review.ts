import type { ReviewResult } from '../domain/model-review/summary.ts';
import type { IsolatedOrder } from '../domain/replay/isolated-order.ts';

/**
 * Compares two models in a process that has no network, no environment of this one's, and nothing that it could write to.
 *
 * @throws UserError when there can be no such process on this machine.
 */
export type IsolatedReview = (order: Omit<IsolatedOrder, 'readOnly'>) => Promise<ReviewResult>;
