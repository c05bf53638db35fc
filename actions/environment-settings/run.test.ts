import { describe, expect, it } from 'vitest';
import { TEAM_ENVIRONMENTS, type TeamEnvironment } from '../../scripts/testing/sample-team/team.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runEnvironmentSettings } from './run.ts';

type Change = Partial<Pick<Environment, 'promotionOrder' | 'region' | 'account'>>;
type Changes = Readonly<Partial<Record<TeamEnvironment, Change>>>;

const errorOf = ({ name }: { readonly name: string }): UserError =>
  new UserError({ what: `${name}/environment.json is not JSON`, remedy: 'Correct it.' });

const settingsOf = async (
  given: { environment?: string; service?: string },
  changes: Changes = {},
  broken: readonly string[] = [],
) => {
  const team = Object.entries(TEAM_ENVIRONMENTS).map(([name, file]): Environment => {
    const change = Object.entries(changes).find(([changed]) => changed === name)?.[1];
    return { ...file, ...change, name };
  });
  const inputs: Readonly<Record<string, string>> = { 'working-directory': '.', ...given };
  return renderOutputs(
    await runEnvironmentSettings(
      parseInputs(schema, (name) => inputs[name] ?? ''),
      {
        readHomeRegions: () => Promise.resolve(({ service }) => (service === 'scoring' ? 'ca-central-1' : undefined)),
        readKnown: () =>
          Promise.resolve({
            environments: team.filter(({ name }) => !broken.includes(name)),
            broken: team
              .filter(({ name }) => broken.includes(name))
              .map((place) => ({ ...place, error: errorOf(place) })),
          }),
        read: (name) => {
          if (broken.includes(name)) return Promise.reject(errorOf({ name }));
          const environment = team.find((candidate) => candidate.name === name);
          if (environment !== undefined) {
            return Promise.resolve({ environment, releaseFile: { live: null, releases: {} } });
          }
          return Promise.reject(new UserError({ what: `There is no environment "${name}"`, remedy: 'Use another.' }));
        },
      },
    ),
  );
};

describe('environment-settings', () => {
  it('answers the account, region, names and roles of an environment', async () => {
    expect(await settingsOf({ environment: 'preview' })).toEqual({
      environment: 'preview',
      service: 'scoring',
      account: '210987654321',
      region: 'eu-west-1',
      'home-region': 'ca-central-1',
      endpoint: 'scoring-preview',
      'live-release': '',
      'rollback-approval': 'false',
      'plan-role-arn': 'arn:aws:iam::210987654321:role/scoring-plan',
      'build-role-arn': 'arn:aws:iam::210987654321:role/scoring-build',
      'apply-role-arn': 'arn:aws:iam::210987654321:role/scoring-preview-apply',
      'deploy-role-arn': 'arn:aws:iam::210987654321:role/scoring-preview-deploy',
      'replay-role-arn': 'arn:aws:iam::210987654321:role/scoring-preview-replay',
    });
  });

  it('is not stopped by the broken file of another environment, but by its own and by that of a first one', async () => {
    expect((await settingsOf({ environment: 'preview' }, {}, ['prime']))['endpoint']).toBe('scoring-preview');
    expect((await settingsOf({ service: 'scoring' }, {}, ['prime', 'label-trial']))['environment']).toBe('trial');
    await expect(settingsOf({ environment: 'preview' }, {}, ['preview'])).rejects.toThrow(
      /^preview\/environment.json is not JSON/,
    );
    await expect(settingsOf({ service: 'scoring' }, {}, ['trial'])).rejects.toThrow(
      /chain of scoring goes through trial[^]*which environment is the first is not known[^]*is not JSON/,
    );
  });

  it('takes the region of the first environment as home region until a bootstrap has stored one', async () => {
    const changes = { 'label-trial': { region: 'eu-north-1' } };
    expect((await settingsOf({ environment: 'label-prime' }, changes))['home-region']).toBe('eu-north-1');
  });

  it('takes the first environment of the service that is named', async () => {
    expect((await settingsOf({ service: 'scoring' }))['environment']).toBe('trial');
    expect((await settingsOf({ service: 'labelling' }))['environment']).toBe('label-trial');
  });

  it('refuses a service with environments in several regions, but not an environment that is named', async () => {
    const changes: Changes = { prime: { region: 'us-east-1' } };
    await expect(settingsOf({ service: 'scoring' }, changes)).rejects.toThrow(/different regions/);
    expect((await settingsOf({ service: 'labelling' }, changes))['environment']).toBe('label-trial');
    expect((await settingsOf({ environment: 'trial' }, changes))['region']).toBe('eu-west-1');
  });

  it('knows the partitions of AWS', async () => {
    const { 'plan-role-arn': arn } = await settingsOf({ environment: 'trial' }, { trial: { region: 'cn-north-1' } });
    expect(arn).toMatch(/^arn:aws-cn:iam::/);
  });

  it.each([
    { given: { environment: 'prod' }, error: /no environment "prod"/ },
    { given: { service: 'other' }, error: /No environment has the service "other"[^]*labelling, scoring/ },
    { given: {}, error: /several services[^]*labelling, scoring/ },
    {
      given: { environment: 'trial', service: 'scoring' },
      error: /"environment" and "service" are not valid together/,
    },
  ])('refuses $given', async ({ given, error }) => {
    await expect(settingsOf(given)).rejects.toThrow(error);
  });

  it('refuses two environments of a service with the same place, and takes equal places in two services', async () => {
    const changes: Changes = { preview: { promotionOrder: 1 } };
    await expect(settingsOf({ service: 'scoring' }, changes)).rejects.toThrow(
      /same place in the promotion order of scoring/,
    );
    await expect(settingsOf({ service: 'labelling' }, changes)).resolves.toBeDefined();
    await expect(settingsOf({ environment: 'prime' }, changes)).resolves.toBeDefined();
    await expect(settingsOf({ service: 'scoring' }, { 'label-prime': { promotionOrder: 3 } })).resolves.toBeDefined();
  });
});
