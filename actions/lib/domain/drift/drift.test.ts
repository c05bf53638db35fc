import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { driftMarker, findDrift, renderDriftIssue, type DriftFacts } from './drift.ts';
import type { EndpointView } from '../endpoint/endpoint.ts';
import type { Environment } from '../environment/environment.ts';
import { alarmNamesOf } from '../environment/alarms.ts';
import { releaseIdOf, type ReleaseFile, type ReleaseSpec } from '../release/release.ts';

const environment: Environment = { ...VALID_ENVIRONMENT, name: 'dev' };
const specOf = (digit: string): ReleaseSpec => ({
  image: `registry/scoring@sha256:${digit.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: {},
  startupTimeoutSeconds: 300,
});
const source = { commit: '0'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
const [blue, green] = [releaseIdOf(specOf('1')), releaseIdOf(specOf('2'))];
const releaseFile: ReleaseFile = {
  live: green,
  releases: { [blue]: { spec: specOf('1'), source }, [green]: { spec: specOf('2'), source } },
};
const endpointServing = (configName: string, change: Partial<EndpointView> = {}): EndpointView => ({
  name: 'scoring-dev',
  status: 'InService',
  configName,
  serving: {
    ...{ configName, variantName: 'primary', otherVariants: [], imageDigests: [], stages: [] },
    ...{ currentInstances: 2, desiredInstances: 2, instanceType: 'ml.m5.large' },
  },
  pending: null,
  alarmNames: undefined,
  failureReason: undefined,
  lastModifiedAt: 0,
  ...change,
});
const agreeing: DriftFacts = {
  environment,
  releaseFile,
  endpoint: endpointServing(`scoring-dev-${green}`),
  withoutConfig: [],
  withoutModel: [],
  alarms: alarmNamesOf(environment, green),
  scaling: undefined,
  attemptUnderWay: false,
  lastVerified: green,
  damage: null,
  plan: { kind: 'no-changes' },
};
const pending = endpointServing(`scoring-dev-${blue}`).serving;
const servingWith = (kind: 'production' | 'shadow'): EndpointView['serving'] => ({
  ...endpointServing(`scoring-dev-${green}`).serving,
  otherVariants: [{ kind, name: 'copy' }],
});
const scaling = {
  ...{ resourceId: 'x', roleArn: null, suspended: {}, tags: {}, policies: [], schedules: [] },
  ...{ minInstances: 1, maxInstances: 9 },
};

describe('findDrift', () => {
  it('finds nothing where Git, Terraform and the endpoint agree', () => {
    expect(findDrift(agreeing)).toEqual([]);
  });

  it.each<{
    readonly name: string;
    readonly change: Partial<DriftFacts>;
    readonly ids: readonly string[];
    readonly says: RegExp;
  }>([
    {
      name: 'a swap by hand to a listed release',
      change: { endpoint: endpointServing(`scoring-dev-${blue}`) },
      ids: ['serves-other'],
      says: new RegExp(`changed outside the workflows.*accept-serving: ${blue}`),
    },
    {
      name: 'a rollback whose record is not merged',
      change: { endpoint: endpointServing(`scoring-dev-${blue}`), lastVerified: blue },
      ids: ['serves-other'],
      says: /merge the pull request that records it/,
    },
    {
      name: 'a config that is not of this repository',
      change: { endpoint: endpointServing('experiment-7') },
      ids: ['serves-other'],
      says: /experiment-7, which release\.json does not list/,
    },
    {
      name: 'a second production variant',
      change: { endpoint: endpointServing(`scoring-dev-${green}`, { serving: servingWith('production') }) },
      ids: ['variants'],
      says: /production variants primary, copy.*Deploy and Roll back refuse it/,
    },
    {
      name: 'a shadow test',
      change: { endpoint: endpointServing(`scoring-dev-${green}`, { serving: servingWith('shadow') }) },
      ids: ['variants'],
      says: /production variant primary, shadow variant copy.*End the shadow test/,
    },
    { name: 'a deleted endpoint', change: { endpoint: undefined }, ids: ['endpoint-missing'], says: /workflow Deploy/ },
    {
      name: 'a failed endpoint',
      change: {
        endpoint: endpointServing(`scoring-dev-${green}`, { status: 'Failed', failureReason: 'no image' }),
      },
      ids: ['endpoint-unhealthy'],
      says: /Failed: no image.*created anew/,
    },
    {
      name: 'an update that no deployment has recorded',
      change: { endpoint: endpointServing(`scoring-dev-${green}`, { status: 'Updating', pending }) },
      ids: ['swap-unknown'],
      says: /Find out who started it/,
    },
    {
      name: 'an endpoint where Git has no release',
      change: { releaseFile: { live: null, releases: {} } },
      ids: ['endpoint-unexpected'],
      says: /no live release/,
    },
    {
      name: 'a deleted config and a deleted model',
      change: { withoutConfig: [blue], withoutModel: [blue] },
      ids: ['config-missing', 'model-missing'],
      says: /nothing can go to it or back to it/,
    },
    {
      name: 'deleted alarms',
      change: { alarms: alarmNamesOf(environment, green).slice(1) },
      ids: ['alarm-missing'],
      says: /-5xx/,
    },
    { name: 'autoscaling that Git does not have', change: { scaling }, ids: ['autoscaling'], says: /1 to 9 instances/ },
    {
      name: 'a ledger that is not whole',
      change: { damage: 'fact 3 is missing' },
      ids: ['ledger'],
      says: /"found":"fact 3 is missing".*deploy again to verify what serves/,
    },
    {
      name: 'changes in the plan',
      change: { plan: { kind: 'changes', resources: ['aws_kms_key.this'] } },
      ids: ['terraform'],
      says: /aws_kms_key\.this/,
    },
    { name: 'a plan that fails', change: { plan: { kind: 'failed' } }, ids: ['terraform'], says: /cannot plan/ },
  ])('finds $name', ({ change, ids, says }) => {
    const findings = findDrift({ ...agreeing, ...change });
    expect(findings.map(({ id }) => id)).toEqual(ids);
    expect(JSON.stringify(findings)).toMatch(says);
  });

  it('calls nothing drift while a deployment is under way', () => {
    expect(findDrift({ ...agreeing, endpoint: undefined, attemptUnderWay: true })).toEqual([]);
  });

  it('lets SageMaker patch a fleet', () => {
    const endpoint = endpointServing(`scoring-dev-${green}`, { status: 'SystemUpdating' });
    expect(findDrift({ ...agreeing, endpoint })).toEqual([]);
  });
});

describe('renderDriftIssue', () => {
  it('shows what it found as text that calls nobody and ends no comment early', () => {
    const hostile = '@octo-org/everyone `x` --> <script>';
    const body = renderDriftIssue(
      'dev',
      [{ id: 'terraform', what: hostile, expected: hostile, found: hostile, remedy: hostile }],
      'https://run',
    );
    expect(body.endsWith(driftMarker('dev'))).toBe(true);
    const outsideCode = body.replace(/`[^`]*`/g, '');
    expect(outsideCode).not.toMatch(/@octo-org|<script>/);
  });
});
