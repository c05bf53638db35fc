import { z } from 'zod';
import type { Prices } from '../../actions/lib/domain/cost/prices.ts';
import { describeError, UserError } from '../../actions/lib/domain/errors/user-error.ts';

/**
 * AWS's public list of SageMaker's prices, by region; it needs no credentials.
 *
 * @see https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/bulk-api-reading-price-list-files.html
 */
export const REGION_INDEX =
  'https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/region_index.json';

const regionIndex = z.looseObject({
  regions: z.record(z.string(), z.looseObject({ currentVersionUrl: z.string() })),
});
const terms = z.record(
  z.string(),
  z.looseObject({
    priceDimensions: z.record(
      z.string(),
      z.looseObject({ unit: z.string(), pricePerUnit: z.record(z.string(), z.string()) }),
    ),
  }),
);
const offer = z.looseObject({
  publicationDate: z.string(),
  products: z.record(z.string(), z.looseObject({ attributes: z.looseObject({ usagetype: z.string().default('') }) })),
  terms: z.looseObject({ OnDemand: z.record(z.string(), terms).default({}) }),
});

/** One price of an instance-hour of real-time hosting. */
interface HostingPrice {
  readonly instanceType: string;
  readonly currency: string;
  readonly price: number;
}

/**
 * Reads the on-demand prices of real-time hosting in regions.
 *
 * @param index URL of the region index of SageMaker's price list.
 * @throws UserError when a list can't be read, has no such region, or has no price of hosting in it.
 */
export async function readPriceList(index: string, regions: readonly string[]): Promise<Omit<Prices, '$schema'>> {
  const { regions: listed } = await read(index, regionIndex);
  const offers = await Promise.all(
    regions.map(async (region) => {
      const url = listed[region]?.currentVersionUrl;
      if (url === undefined) throw unknownRegion(index, region);
      return await readOffer(new URL(url, index).href, region);
    }),
  );
  const [currency = '', other] = [...new Set(offers.flatMap(({ prices }) => prices.map((each) => each.currency)))];
  if (other !== undefined) {
    throw new UserError({
      what: 'The prices of the regions are in different currencies',
      where: index,
      expected: 'one currency',
      found: `${currency} and ${other}`,
      remedy: 'Name the regions of one currency with --region.',
    });
  }
  return {
    currency,
    date: offers.map(({ date }) => date).sort()[0] ?? '',
    source: index,
    regions: Object.fromEntries(
      offers.map(({ region, prices }) => [
        region,
        Object.fromEntries(
          prices.map(({ instanceType, price }) => [instanceType, price] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      ]),
    ),
  };
}

async function readOffer(
  url: string,
  region: string,
): Promise<{ readonly region: string; readonly date: string; readonly prices: readonly HostingPrice[] }> {
  const { publicationDate, products, terms: sold } = await read(url, offer);
  const prices = Object.entries(products).flatMap(([sku, { attributes }]) => {
    // The usage type is what the bill names: a prefix for the region, Host for real-time hosting, and the instance type.
    const instanceType = /^(?:[A-Z0-9]+-)?Host:(ml\.[\w.-]+)$/.exec(attributes.usagetype)?.[1];
    return instanceType === undefined ? [] : hourlyPrices(sold.OnDemand[sku] ?? {}, instanceType);
  });
  if (prices.length > 0) return { region, date: publicationDate.slice(0, 10), prices };
  throw new UserError({
    what: `The price list has no price of hosting in ${region}`,
    where: url,
    expected: 'products with a usage type such as EU-Host:ml.m5.large, with on-demand prices by the hour',
    found: `${String(Object.keys(products).length)} products`,
    remedy: 'Write the prices into the file by hand, and report that the format of the list has changed.',
  });
}

function hourlyPrices(sold: z.output<typeof terms>, instanceType: string): readonly HostingPrice[] {
  return Object.values(sold)
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
    .filter(({ unit }) => /^(?:hrs?|hours?)$/i.test(unit))
    .flatMap(({ pricePerUnit }) => Object.entries(pricePerUnit))
    .map(([currency, price]) => ({ instanceType, currency, price: Number(price) }))
    .filter(({ price }) => price > 0);
}

async function read<Schema extends z.ZodType>(url: string, schema: Schema): Promise<z.output<Schema>> {
  const failed = (found: string, cause?: unknown): UserError =>
    new UserError({
      what: "AWS's price list can't be read",
      where: url,
      expected: 'JSON in the format of the Price List Bulk API',
      found,
      remedy:
        'Run this where the address can be reached, or write environments/prices.json by hand; environments/prices.schema.json describes it.',
      cause,
    });
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw failed('no connection', error);
  }
  if (!response.ok) throw failed(`status ${String(response.status)}`);
  try {
    return schema.parse(await response.json());
  } catch (error) {
    throw failed(describeError(error).split('\n')[0] ?? '', error);
  }
}

function unknownRegion(index: string, region: string): UserError {
  return new UserError({
    what: `The price list has no region ${region}`,
    where: index,
    expected: 'a region in which SageMaker is offered',
    found: region,
    remedy: 'Give the index of its partition with --index, or other regions with --region.',
  });
}
