import type { KnownPrices } from '../../domain/cost/fleet-cost.ts';
import { parsePrices, PRICES_FILE, type Prices } from '../../domain/cost/prices.ts';
import { describeError } from '../../domain/errors/user-error.ts';
import { readContentFile } from './content-file.ts';

/**
 * The prices of a checkout; undefined where it has none.
 *
 * @throws UserError when the file is not valid.
 */
export async function readPrices(root: string): Promise<Prices | undefined> {
  const file = await readContentFile(root, PRICES_FILE);
  return file && parsePrices(file);
}

/** The same, and the reason where the file can't be read: that is no reason to plan nothing. */
export async function tryReadPrices(root: string): Promise<KnownPrices> {
  return await readPrices(root).catch(describeError);
}
