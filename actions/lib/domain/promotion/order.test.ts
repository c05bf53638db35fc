import { describe, expect, it } from 'vitest';
import { VALID_ENVIRONMENT } from '../../testing/valid-environment.ts';
import { isConfigured, notConfiguredText, PLACEHOLDER_ACCOUNT } from '../environment/configured.ts';
import type { Environment } from '../environment/environment.ts';
import {
  checkRegions,
  environmentAfter,
  firstEnvironment,
  inPromotionOrder,
  promotionChains,
  type BrokenEnvironment,
  type KnownEnvironments,
} from './order.ts';

const place = (name: string, service: string, promotionOrder: number): Environment => ({
  ...VALID_ENVIRONMENT,
  ...{ name, service, promotionOrder },
});
const prime = place('prime', 'scoring', 3);
const trial = place('trial', 'scoring', 1);
const labelPrime = place('label-prime', 'labelling', 7);
const labelTrial = place('label-trial', 'labelling', 1);
const team = [prime, labelPrime, trial, labelTrial];
const known = (environments: readonly Environment[], ...broken: readonly BrokenEnvironment[]): KnownEnvironments => ({
  environments,
  broken,
});
const lost = (name: string, service: string, promotionOrder: number): BrokenEnvironment => ({
  ...{ name, service, promotionOrder },
  error: new Error(`${name} is not JSON`),
});

describe('a promotion chain', () => {
  it('belongs to one service, and takes equal places in two services', () => {
    expect(inPromotionOrder(team)).toEqual([labelTrial, labelPrime, trial, prime]);
    expect(promotionChains(team)).toEqual([
      { service: 'labelling', environments: ['label-trial', 'label-prime'] },
      { service: 'scoring', environments: ['trial', 'prime'] },
    ]);
  });

  it('refuses two environments of one service in the same place', () => {
    expect(() => inPromotionOrder([...team, place('preview', 'scoring', 3)])).toThrow(
      /preview and prime have the same place in the promotion order of scoring[^]*environments\/prime/,
    );
  });

  it('refuses environments of one service in several regions, and says what to do', () => {
    const inAmerica = { ...prime, region: 'us-east-1' };
    expect(() => {
      checkRegions([inAmerica, trial]);
    }).toThrow(/trial and prime of scoring are in different regions[^]*expected: eu-west-1[^]*"scoring-us-east-1"/);
    checkRegions([trial, { ...inAmerica, service: 'other' }]);
    checkRegions([trial, { ...inAmerica, account: PLACEHOLDER_ACCOUNT }]);
  });

  it.each([
    { name: 'trial', next: 'prime' },
    { name: 'prime', next: undefined },
    { name: 'label-trial', next: 'label-prime' },
    // Sorted before the first environment of the other service.
    { name: 'label-prime', next: undefined },
  ])('goes on after $name with $next', ({ name, next }) => {
    expect(environmentAfter(known(team), name)?.name).toBe(next);
  });

  it('starts with the first environment of its service', () => {
    expect(firstEnvironment(known(team), 'scoring').name).toBe('trial');
    expect(firstEnvironment(known([prime, trial]), undefined).name).toBe('trial');
  });

  it.each([
    { service: undefined, environments: team, error: /several services[^]*one of labelling, scoring/ },
    { service: 'other', environments: team, error: /No environment has the service "other"[^]*labelling, scoring/ },
    { service: undefined, environments: [], error: /There is no environment/ },
  ])('has no first environment for $service: $error', ({ service, environments, error }) => {
    expect(() => firstEnvironment(known(environments), service)).toThrow(error);
  });
});

describe('an environment whose file is broken', () => {
  it.each([
    {
      broken: lost('preview', 'scoring', 2),
      after: 'trial',
      next: /goes through preview[^]*comes after trial[^]*preview is not JSON/,
    },
    { broken: lost('preview', 'scoring', Infinity), after: 'trial', next: /goes through preview/ },
    // What comes after the last one is not known either.
    { broken: lost('last', 'scoring', 4), after: 'prime', next: /goes through last/ },
    { broken: lost('first', 'scoring', 0), after: 'trial', next: 'prime' },
    { broken: lost('last', 'scoring', 4), after: 'trial', next: 'prime' },
    { broken: lost('preview', 'scoring', Infinity), after: 'label-trial', next: 'label-prime' },
    { broken: lost('preview', 'scoring', 2), after: 'preview', next: /^preview is not JSON/ },
    { broken: lost('preview', 'scoring', 2), after: 'other', next: /no environment "other"/ },
  ])('$broken.name at $broken.promotionOrder: after $after comes $next', ({ broken, after, next }) => {
    const find = () => environmentAfter(known(team, broken), after)?.name;
    if (typeof next === 'string') expect(find()).toBe(next);
    else expect(find).toThrow(next);
  });

  it.each([
    { broken: lost('preview', 'scoring', 2), first: 'trial' },
    { broken: lost('preview', 'scoring', 0), first: /goes through preview[^]*which environment is the first/ },
    { broken: lost('preview', 'scoring', Infinity), first: /goes through preview/ },
    { broken: lost('preview', 'labelling', 0), first: 'trial' },
  ])('$broken.name of $broken.service at $broken.promotionOrder: the first is $first', ({ broken, first }) => {
    const find = () => firstEnvironment(known(team, broken), 'scoring').name;
    if (typeof first === 'string') expect(find()).toBe(first);
    else expect(find).toThrow(first);
  });

  it('names its own problem where its service has no other environment', () => {
    expect(() => firstEnvironment(known(team, lost('only', 'other', 1)), 'other')).toThrow('only is not JSON');
  });
});

describe('an environment that is not set up', () => {
  it('is one with the placeholder account', () => {
    expect(isConfigured(trial)).toBe(true);
    expect(isConfigured({ account: PLACEHOLDER_ACCOUNT })).toBe(false);
  });

  it('comes with what to do, whatever its name', () => {
    expect(notConfiguredText('trial')).toBe(
      "`trial` isn't set up yet: its account is the placeholder 123456789012. Set its account and region in `environments/trial/environment.json`, then run `npm run bootstrap`.",
    );
    expect(notConfiguredText('a`b\nc')).not.toContain('\n');
  });
});
