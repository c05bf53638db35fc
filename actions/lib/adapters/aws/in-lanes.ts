/** Calls that are made at the same time. */
const LANES = 16;

/** One call for each item, a bounded number of them at a time; the answers in the order of the items. */
export async function inLanes<Item, Answer>(
  items: readonly Item[],
  call: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let from = 0; from < items.length; from += LANES) {
    answers.push(...(await Promise.all(items.slice(from, from + LANES).map(call))));
  }
  return answers;
}
