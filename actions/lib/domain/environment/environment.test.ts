import { describe, expect, it } from 'vitest';
import { UserError } from '../errors/user-error.ts';
import { VALID_ENVIRONMENT as VALID } from '../../testing/valid-environment.ts';
import { parseEnvironmentFile, sumOfWaits } from './environment.ts';

function parse(document: unknown, name = 'dev'): ReturnType<typeof parseEnvironmentFile> {
  return parseEnvironmentFile(name, { path: `environments/${name}/environment.json`, text: JSON.stringify(document) });
}

function whereOf(document: unknown, name = 'dev'): string | undefined {
  try {
    parse(document, name);
  } catch (error) {
    if (error instanceof UserError) return error.parts.where;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseEnvironmentFile', () => {
  it('gives the environment its folder name', () => {
    expect(parse(VALID)).toEqual({ ...VALID, name: 'dev' });
  });

  const at = (place: string): string => `environments/dev/environment.json at ${place}`;
  it.each([
    ['an account that is no 12 digits', { ...VALID, account: 210987654321 }, at('account')],
    ['a region that is a zone', { ...VALID, region: 'eu-west-1a' }, at('region')],
    ['a service that ECR has no repository name for', { ...VALID, service: 'a' }, at('service')],
    [
      'a canary over half the fleet',
      { ...VALID, swap: { ...VALID.swap, canarySize: { unit: 'percent', value: 51 } } },
      at('swap.canarySize.value'),
    ],
    [
      'a timeout that the waits use up',
      { ...VALID, swap: { ...VALID.swap, maximumExecutionTimeoutSeconds: 600 } },
      at('swap.maximumExecutionTimeoutSeconds'),
    ],
    ['a field of another strategy', { ...VALID, swap: { ...VALID.swap, strategy: 'all-at-once' } }, at('swap')],
    ['an unknown strategy', { ...VALID, swap: { ...VALID.swap, strategy: 'bluegreen' } }, at('swap.strategy')],
    ['fewer retained releases than a rollback needs', { ...VALID, retainReleases: 1 }, at('retainReleases')],
    [
      'one subnet',
      { ...VALID, network: { subnetIds: ['subnet-0a'], securityGroupIds: ['sg-0a'] } },
      at('network.subnetIds'),
    ],
    ['a retention that CloudWatch does not have', { ...VALID, logRetentionDays: 31 }, at('logRetentionDays')],
    ['a path in the smoke cases', { ...VALID, smoke: { cases: '../../smoke.json' } }, at('smoke.cases')],
    ['its own file as the smoke cases', { ...VALID, smoke: { cases: 'release.json' } }, at('smoke.cases')],
    ['a misspelt field', { ...VALID, retainedReleases: 5 }, at('(root)')],
  ])('refuses %s and says where', (_, document, where) => {
    expect(whereOf(document)).toBe(where);
  });

  it.each(['Trial', 'a--b', 'prime-approval', 'automation', '-a', 'a_b'])('refuses the folder %s', (name) => {
    expect(() => parse(VALID, name)).toThrow(
      `environments/${name} is not named as an environment may be.\n  where:    environments/${name}\n  expected: lower-case`,
    );
  });

  it('refuses names that SageMaker has no room for', () => {
    expect(whereOf({ ...VALID, service: 'a'.repeat(32) }, 'b'.repeat(18))).toContain('at service');
    expect(parse({ ...VALID, service: 'a'.repeat(32) }, 'b'.repeat(17)).name).toHaveLength(17);
  });
});

describe('sumOfWaits', () => {
  const timing = { terminationWaitSeconds: 100, maximumExecutionTimeoutSeconds: 3600 };
  it.each([
    [{ strategy: 'all-at-once', ...timing }, 100],
    [{ strategy: 'canary', canarySize: { unit: 'instances', value: 1 }, waitIntervalSeconds: 10, ...timing }, 110],
    [{ strategy: 'linear', stepSize: { unit: 'percent', value: 30 }, waitIntervalSeconds: 10, ...timing }, 140],
    [
      {
        strategy: 'rolling',
        batchSize: { unit: 'percent', value: 50 },
        waitIntervalSeconds: 10,
        maximumExecutionTimeoutSeconds: 3600,
      },
      20,
    ],
  ] as const)('of %j is %i seconds', (strategy, expected) => {
    expect(sumOfWaits(strategy)).toBe(expected);
  });
});
