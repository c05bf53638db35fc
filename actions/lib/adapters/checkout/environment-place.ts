import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentFolder } from '../../domain/environment/base-files.ts';
import type { ChainPlace } from '../../domain/promotion/order.ts';
import { listEnvironments } from './environment-folder.ts';
import { tryParseJson } from '../../domain/json/try-parse.ts';

/** Whether no environment of the same service comes after this one in the order of promotion. */
export async function isLastEnvironment(
  root: string,
  { service, promotionOrder }: { readonly service: string; readonly promotionOrder: number },
): Promise<boolean> {
  const places = await readEnvironmentPlaces(root);
  const isAfter = (place: ChainPlace): boolean => place.service === service && place.promotionOrder > promotionOrder;
  // A file that doesn't say its place makes no environment the last but one.
  return !places.some((place) => isAfter(place) && Number.isFinite(place.promotionOrder));
}

/** Where every environment belongs, sorted by name. */
export async function readEnvironmentPlaces(root: string): Promise<readonly ChainPlace[]> {
  return await Promise.all((await listEnvironments(root)).map((name) => readEnvironmentPlace(root, name)));
}

const placed = z.object({
  service: z.string().min(1).optional().catch(undefined),
  account: z.string().catch(''),
  region: z.string().catch(''),
  promotionOrder: z.int().catch(Infinity),
});

/**
 * Where an environment belongs, its account and its region, as far as its file says so, which is checked elsewhere. One that
 * names no service belongs where its state is, else to a chain of its own; without a place it comes last; the others are empty.
 */
export async function readEnvironmentPlace(
  root: string,
  name: string,
): Promise<ChainPlace & { readonly account: string; readonly region: string }> {
  const read = async (file: string): Promise<string> =>
    await readFile(path.join(root, environmentFolder(name), file), 'utf8').catch(() => '');
  const { service, ...place } = placed
    .catch({ service: undefined, account: '', region: '', promotionOrder: Infinity })
    .parse(tryParseJson(await read('environment.json')));
  return { name, ...place, service: service ?? serviceOfState(await read('backend.hcl')) ?? name };
}

/** The service in the key of the state, as `npm run generate` writes it. */
function serviceOfState(backend: string): string | undefined {
  return /^key\s*=\s*"([^"/]+)\//m.exec(backend)?.[1];
}
