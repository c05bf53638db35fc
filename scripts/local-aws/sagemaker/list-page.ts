import { paginate } from '../wire/paginate.ts';

/** The inputs of every List operation of SageMaker. */
interface ListRequest {
  readonly SortBy?: string | undefined;
  readonly SortOrder?: string | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly NameContains?: string | undefined;
  readonly CreationTimeBefore?: Date | undefined;
  readonly CreationTimeAfter?: Date | undefined;
}

interface ListKeys<Item> {
  readonly Name: (item: Item) => string;
  readonly CreationTime: (item: Item) => Date;
}

/** Default of MaxResults (API reference). */
const DEFAULT_PAGE_SIZE = 10;

/** Filters, sorts (default newest first) and paginates a SageMaker list. */
export function listPage<Item>(
  all: readonly Item[],
  request: ListRequest,
  keys: ListKeys<Item>,
): { readonly items: readonly Item[]; readonly NextToken: string | undefined } {
  const contained = request.NameContains?.toLowerCase() ?? '';
  const before = request.CreationTimeBefore?.getTime() ?? Infinity;
  const after = request.CreationTimeAfter?.getTime() ?? -Infinity;
  const matching = all.filter((item) => {
    const created = keys.CreationTime(item).getTime();
    return keys.Name(item).toLowerCase().includes(contained) && created < before && created > after;
  });
  const direction = request.SortOrder?.startsWith('Asc') === true ? 1 : -1;
  const sorted = matching.sort((left, right) => {
    const byName = keys.Name(left) < keys.Name(right) ? -1 : 1;
    const byTime = keys.CreationTime(left).getTime() - keys.CreationTime(right).getTime();
    return direction * (request.SortBy === 'Name' || byTime === 0 ? byName : byTime);
  });
  const page = paginate(sorted, request.MaxResults ?? DEFAULT_PAGE_SIZE, request.NextToken);
  return { items: page.items, NextToken: page.nextToken };
}
