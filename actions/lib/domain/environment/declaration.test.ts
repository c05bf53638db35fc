import { describe, expect, it } from 'vitest';
import { UserError } from '../errors/user-error.ts';
import { releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../release/release.ts';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { checkDeclaration } from './declaration.ts';
import type { Environment } from './environment.ts';

const SPEC: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  ...{ model: null, instanceType: 'ml.m5.large', instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 },
};
const environment: Environment = { ...VALID_ENVIRONMENT, name: 'dev' };
const NOW = new Date('2026-06-01T12:00:00Z');
const schedule = (expression: string, timezone = 'UTC'): Environment => ({
  ...environment,
  autoscaling: {
    ...{ minInstances: 1, maxInstances: 2, invocationsPerInstance: 1 },
    ...{ scaleInCooldownSeconds: 1, scaleOutCooldownSeconds: 1 },
    schedules: [{ name: 'x', expression, timezone, minInstances: 1, maxInstances: 2 }],
  },
});

function whatIsWrong(checked: Environment, change: Partial<ReleaseSpec> = {}): readonly (string | undefined)[] {
  const spec = { ...SPEC, ...change };
  const source = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
  const file: ReleaseFile = { live: releaseIdOf(spec), releases: { [releaseIdOf(spec)]: { spec, source } } };
  try {
    checkDeclaration(checked, file, NOW);
    return [];
  } catch (error) {
    if (error instanceof UserError) return (error.parts.problems ?? [error.parts]).map(({ found }) => found);
    throw error;
  }
}

describe('checkDeclaration', () => {
  it.each<[string, Environment, Partial<ReleaseSpec>, readonly string[]]>([
    ['an image of the region', environment, {}, []],
    ['an image of another region', { ...environment, region: 'us-east-1' }, {}, ['eu-west-1']],
    [
      'an image by FIPS of another region',
      environment,
      { image: SPEC.image.replace('ecr.eu', 'ecr-fips.us') },
      ['us-west-1'],
    ],
    ['an image of another registry', environment, { image: SPEC.image.replace(/^[^/]+/, 'registry.example') }, []],
    ['a schedule a second ago', schedule('at(2026-06-01T11:59:59)'), {}, ['at(2026-06-01T11:59:59)']],
    ['a schedule in a second', schedule('at(2026-06-01T12:00:01)'), {}, []],
    ['a schedule that may be ahead somewhere', schedule('at(2026-06-01T00:00:01)', 'Etc/GMT+12'), {}, []],
    ['a schedule past everywhere', schedule('at(2026-06-01T00:00:00)', 'Etc/GMT+12'), {}, ['at(2026-06-01T00:00:00)']],
    ['a canary to Inf1', environment, { instanceType: 'ml.inf1.xlarge' }, ['canary']],
    ['a canary to Inf2', environment, { instanceType: 'ml.inf2.xlarge' }, []],
  ])('judges %s', (_, checked, change, found) => {
    expect(whatIsWrong(checked, change)).toEqual(found);
  });

  it('tells all reasons', () => {
    expect(whatIsWrong({ ...schedule('at(2020-01-01T00:00:00)'), region: 'us-east-1' })).toHaveLength(2);
  });
});
