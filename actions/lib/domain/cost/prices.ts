import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

/** Where a fork keeps its prices, relative to the repository. */
export const PRICES_FILE = 'environments/prices.json';

/** Schema of `environments/prices.json`; `environments/prices.schema.json` is generated from it. */
export const pricesSchema = z.strictObject({
  $schema: z.string().optional().describe('Path of the JSON Schema, for editors'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'the code of a currency, such as USD')
    .describe('Code of the currency that all prices are in'),
  date: z.iso.date('a date: YYYY-MM-DD').describe('Day on which the prices were published'),
  source: z.string().min(1).describe('Where the prices are from'),
  regions: z
    .record(
      z.string(),
      z.record(z.string().regex(/^ml\./, 'a hosting type, such as ml.m5.large'), z.number().positive('more than 0')),
    )
    .describe('Price of an instance-hour of real-time hosting, by region and instance type'),
});

export type Prices = z.output<typeof pricesSchema>;

/**
 * Parses `environments/prices.json`.
 *
 * @throws UserError when it is not valid.
 */
export function parsePrices(file: JsonFile): Prices {
  return parseJsonFile(
    file,
    pricesSchema,
    'Correct the value, or write the file again with `npm run prices`; environments/prices.schema.json describes it.',
  );
}

/** The price of an instance-hour, or null where the file has none. */
export function priceOf({ regions }: Prices, region: string, instanceType: string): number | null {
  return Object.entries(regions[region] ?? {}).find(([type]) => type === instanceType)?.[1] ?? null;
}
