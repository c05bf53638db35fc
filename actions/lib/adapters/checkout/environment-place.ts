import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { environmentFolder } from '../../domain/environment/base-files.ts';
import type { ChainPlace } from '../../domain/promotion/order.ts';
import { listEnvironments } from './environment-folder.ts';

/** Whether no environment of the same service comes after this one in the order of promotion. */
export async function isLastEnvironment(
  root: string,
  { service, promotionOrder }: { readonly service: string; readonly promotionOrder: number },
): Promise<boolean> {
  const places = await Promise.all((await listEnvironments(root)).map((name) => readEnvironmentPlace(root, name)));
  return places.every((place) => place.service !== service || place.promotionOrder <= promotionOrder);
}

const placed = z.looseObject({
  service: z.string().catch(''),
  account: z.string().catch(''),
  promotionOrder: z.int().catch(0),
});

/** Where an environment belongs, and its account; a member that its file, checked elsewhere, doesn't say is empty or 0. */
export async function readEnvironmentPlace(
  root: string,
  name: string,
): Promise<ChainPlace & { readonly account: string }> {
  const text = await readFile(path.join(root, environmentFolder(name), 'environment.json'), 'utf8');
  const { service, account, promotionOrder } = placed
    .catch({ service: '', account: '', promotionOrder: 0 })
    .parse(tryJson(text));
  return { name, service, account, promotionOrder };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
