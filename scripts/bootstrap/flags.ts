import { z } from 'zod';
import { environmentFileSchema } from '../../actions/lib/domain/environment/environment.ts';
import { parseOption, UsageError } from '../command-line.ts';
import { REPOSITORY, type BootstrapFlags } from './settings.ts';

const { service, account, region } = environmentFileSchema.shape;
const id = z.string().regex(/^\d+$/, 'a number');

// As terraform/bootstrap and terraform/modules/network take them.
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  account,
  service,
  github: z.string().regex(REPOSITORY, 'OWNER/REPOSITORY'),
  branch: z.string().regex(/^[A-Za-z0-9._/-]+$/, 'the name of a branch, without wildcards'),
  'owner-id': id,
  'repository-id': id,
  'home-region': region,
  'move-home-region': region,
  'artifacts-account': account,
  network: z.union(
    [z.literal('none'), z.cidrv4().regex(/\/(?:1[6-9]|2[0-4])$/)],
    'an IPv4 block from /16 to /24 such as 10.42.0.0/20, or none',
  ),
};

// What a removal ignores, and the two that name a region for opposite cases.
const CONTRADICTIONS: readonly (readonly [one: string, other: string])[] = [
  ...['move-home-region', 'github', 'branch', 'owner-id', 'repository-id', 'artifacts-account', 'network'].map(
    (name) => ['destroy', name] as const,
  ),
  ['home-region', 'move-home-region'],
];

type Values = Readonly<Partial<Record<string, string | boolean>>>;

/**
 * The settings of a command line, checked before anything is read.
 *
 * @throws UsageError for a value that cannot be, and for two options that contradict each other.
 */
export function parseFlags(values: Values): BootstrapFlags {
  for (const [one, other] of CONTRADICTIONS) {
    if (!isGiven(values[one]) || !isGiven(values[other])) continue;
    throw new UsageError({
      what: `--${one} and --${other} contradict each other`,
      expected: 'one of them',
      found: 'both',
    });
  }
  const read = (name: string): string | undefined => {
    const value = values[name];
    const schema = SCHEMAS[name];
    if (typeof value !== 'string' || schema === undefined) return undefined;
    parseOption(`--${name}`, value, schema);
    return value;
  };
  return {
    account: read('account'),
    service: read('service'),
    github: read('github'),
    branch: read('branch'),
    ownerId: read('owner-id'),
    repositoryId: read('repository-id'),
    homeRegion: read('home-region'),
    moveHomeRegion: read('move-home-region'),
    artifactsAccount: read('artifacts-account'),
    network: read('network'),
  };
}

function isGiven(value: string | boolean | undefined): boolean {
  return value !== undefined && value !== false;
}
