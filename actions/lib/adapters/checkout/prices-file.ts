import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KnownPrices } from '../../domain/cost/fleet-cost.ts';
import { parsePrices, PRICES_FILE, type Prices } from '../../domain/cost/prices.ts';
import { describeError } from '../../domain/errors/user-error.ts';
import { isMissing } from './environment-folder.ts';

/**
 * The prices of a checkout; undefined where it has none.
 *
 * @throws UserError when the file is not valid.
 */
export async function readPrices(root: string): Promise<Prices | undefined> {
  const text = await readFile(path.join(root, PRICES_FILE), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return text === undefined ? undefined : parsePrices({ path: PRICES_FILE, text });
}

/** The same, and the reason where the file can't be read: that is no reason to plan nothing. */
export async function tryReadPrices(root: string): Promise<KnownPrices> {
  return await readPrices(root).catch(describeError);
}
