import { codeSpan } from '../text/markdown.ts';
import { PRICES_FILE } from './prices.ts';
import { HOURS_PER_MONTH, type CostChange, type FleetCost } from './fleet-cost.ts';

/** What a change costs, as items of a Markdown list; none where nothing serves before and after. */
export function renderCost({ before, after, prices }: CostChange): readonly string[] {
  const sides = [before, after].filter((side) => side !== null);
  if (sides.length === 0) return [];
  return [
    `- instance-hours a month: ${change(before, after, hours)}`,
    ...(after === null || after.swap === 0
      ? []
      : [`- each swap adds at most ${amount(after.swap)} instance-hours, as green runs beside blue`]),
    ...uncomputedLines(sides),
    ...priceLines(before, after, prices),
  ];
}

/** The same as lines of plain text. */
export function renderCostText(cost: CostChange): readonly string[] {
  return renderCost(cost).map((line) => `  ${line.slice('- '.length).replaceAll('`', '').replaceAll('**', '')}`);
}

function hours({ instanceType, least, most }: FleetCost): string {
  return `${range(least, most)} on ${codeSpan(instanceType)}`;
}

function priceLines(
  before: FleetCost | null,
  after: FleetCost | null,
  prices: CostChange['prices'],
): readonly string[] {
  if (prices.kind === 'none') return [];
  if (prices.kind === 'unreadable') return [`- no price is known: ${codeSpan(prices.problem)}`];
  const sides = [before, after].filter((side) => side !== null);
  const unpriced = sides.filter(({ price }) => price === null);
  const unknown = unpriced.map(
    ({ instanceType, region }) =>
      `- **no price** of ${codeSpan(instanceType)} in ${codeSpan(region)} is in ${codeSpan(PRICES_FILE)}`,
  );
  const money = ({ least, most, price }: FleetCost): string =>
    price === null ? 'not known' : range(least * price, most * price);
  return [
    ...(unpriced.length === sides.length
      ? []
      : [
          `- ${prices.currency} a month: **${change(before, after, money)}** (instances alone, prices of ${prices.date})`,
        ]),
    ...new Set(unknown),
  ];
}

function uncomputedLines(sides: readonly FleetCost[]): readonly string[] {
  const names = [...new Set(sides.flatMap(({ uncomputed }) => uncomputed))];
  if (names.length === 0) return [];
  return [`- when ${names.map(codeSpan).join(', ')} acts is not known here: the widest limits of all schedules count`];
}

function change(before: FleetCost | null, after: FleetCost | null, show: (side: FleetCost) => string): string {
  const [from, to] = [before, after].map((side) => (side === null ? 'none' : show(side)));
  return from === to ? `${to ?? ''}, unchanged` : `${from ?? ''} → ${to ?? ''}`;
}

function range(least: number, most: number): string {
  const [low, high] = [amount(least), amount(most)];
  return low === high ? low : `${low} to ${high}`;
}

function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** The heading of the section. */
export const COST_HEADING = `**Cost of the instances** (a month has ${String(HOURS_PER_MONTH)} hours):`;
