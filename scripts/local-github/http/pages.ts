/** One page of a list, and the header that links to the others. */
export interface Page {
  readonly items: readonly unknown[];
  readonly link?: string;
}

/** Paginates a list as GitHub does: 30 a page by default, at most 100. */
export function pageOf(all: readonly unknown[], url: URL): Page {
  const size = Math.min(Math.max(Number(url.searchParams.get('per_page') ?? 30) || 30, 1), 100);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const page = Math.max(Number(url.searchParams.get('page') ?? 1) || 1, 1);
  const items = all.slice((page - 1) * size, page * size);
  const links: string[] = [];
  const add = (relation: string, number: number): void => {
    const target = new URL(url);
    target.searchParams.set('page', String(number));
    links.push(`<${target.href}>; rel="${relation}"`);
  };
  if (page > 1) add('prev', page - 1);
  if (page < last) add('next', page + 1);
  if (page < last) add('last', last);
  if (page > 1) add('first', 1);
  return links.length === 0 ? { items } : { items, link: links.join(', ') };
}
