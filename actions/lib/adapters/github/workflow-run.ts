import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../domain/errors/user-error.ts';
import { environmentFolder } from '../../domain/environment/base-files.ts';
import type { ChainPlace } from '../../domain/promotion/order.ts';
import { listEnvironments } from '../checkout/environment-folder.ts';

/** The run of a workflow as a plan is bound to it. */
export interface PlanRun {
  /** `OWNER/REPOSITORY`. */
  readonly repository: string;
  readonly id: number;
  readonly attempt: number;
  /** Such as `https://github.com/OWNER/REPOSITORY`. */
  readonly repositoryUrl: string;
  /** Base of the REST API. */
  readonly apiUrl: string;
}

/**
 * The run, from `GITHUB_REPOSITORY`, `GITHUB_RUN_ID`, `GITHUB_RUN_ATTEMPT`, `GITHUB_SERVER_URL` and `GITHUB_API_URL`.
 *
 * @throws UserError when one of them is missing.
 */
export function readPlanRun(environment: NodeJS.ProcessEnv = process.env): PlanRun {
  const read = (name: string, shape: RegExp, fallback?: string): string => {
    const value = environment[name] ?? fallback ?? '';
    if (shape.test(value)) return value;
    throw new UserError({
      what: `The environment variable ${name} is not set as a runner sets it`,
      expected: 'the variables that a GitHub Actions runner sets for every step',
      found: value === '' ? 'nothing' : value,
      remedy: 'Run this action in a workflow, or set the variable as a runner would.',
    });
  };
  const repository = read('GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/);
  return {
    repository,
    id: Number(read('GITHUB_RUN_ID', /^\d{1,15}$/)),
    attempt: Number(read('GITHUB_RUN_ATTEMPT', /^\d{1,6}$/, '1')),
    repositoryUrl: `${read('GITHUB_SERVER_URL', /^https?:\/\/\S+$/, 'https://github.com')}/${repository}`,
    apiUrl: read('GITHUB_API_URL', /^https?:\/\/\S+$/, 'https://api.github.com'),
  };
}

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
