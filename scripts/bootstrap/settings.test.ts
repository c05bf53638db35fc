import { expect, it } from 'vitest';
import type { Environment } from '../../actions/lib/domain/environment.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';
import { chooseAccount, makeSettings, parseSettings, repositoryOfRemote } from './settings.ts';

const dev: Environment = { ...VALID_ENVIRONMENT, name: 'dev' };
const production: Environment = { ...dev, name: 'production', account: '321098765432', promotionOrder: 3 };
const staging: Environment = { ...dev, name: 'staging', region: 'eu-north-1', promotionOrder: 2 };

it('takes the only account there is', () => {
  expect(chooseAccount([dev, staging], undefined)).toBe('210987654321');
});

it('wants to be told which of several accounts is meant', () => {
  expect(() => chooseAccount([dev, production], undefined)).toThrow('one of 210987654321, 321098765432');
  expect(() => chooseAccount([dev], '999999999999')).toThrow('No environment is in account 999999999999');
});

it('sets an account up for its own environments and lets the others pull from it', () => {
  expect(makeSettings([production, staging, dev], '210987654321', { github: 'acme/models' }, undefined)).toEqual({
    service: 'scoring',
    account: '210987654321',
    region: 'eu-west-1',
    environments: { staging: { region: 'eu-north-1' }, dev: { region: 'eu-west-1' } },
    github: { owner: 'acme', repository: 'models', branch: 'main', owner_id: null, repository_id: null },
    oidc_provider_arn: null,
    artifacts: { account_ids: ['321098765432'] },
    artifacts_account: null,
    network: null,
  });
});

it('makes no artifacts where another account holds them', () => {
  const settings = makeSettings(
    [dev, production],
    '321098765432',
    { github: 'acme/models', artifactsAccount: '210987654321' },
    undefined,
  );
  expect(settings).toMatchObject({ artifacts: null, artifacts_account: '210987654321' });
});

it('keeps what an earlier run was told', () => {
  const before = makeSettings(
    [dev],
    '210987654321',
    { github: 'acme/models', ownerId: '1', repositoryId: '2', branch: 'trunk', network: '10.1.0.0/20' },
    undefined,
  );
  const again = makeSettings([dev, staging], '210987654321', {}, before);
  expect(again.github).toEqual(before.github);
  expect(again.network).toEqual({ cidr_block: '10.1.0.0/20' });
  expect(Object.keys(again.environments)).toEqual(['dev', 'staging']);
  expect(makeSettings([dev], '210987654321', { network: 'none' }, before).network).toBeNull();
  expect(parseSettings({ path: 'x.tfvars.json', text: JSON.stringify(before) })).toEqual(before);
});

it('refuses to trust nobody in particular', () => {
  expect(() => makeSettings([dev], '210987654321', {}, undefined)).toThrow('--github OWNER/REPOSITORY');
  expect(() => makeSettings([dev], '210987654321', { github: 'acme/*' }, undefined)).toThrow('found:    acme/*');
});

it('refuses an account with two services', () => {
  expect(() => makeSettings([dev, { ...staging, service: 'other' }], '210987654321', {}, undefined)).toThrow(
    'scoring, other',
  );
});

it.each([
  ['git@github.com:acme/models.git', 'acme/models'],
  ['https://github.com/acme/models.git', 'acme/models'],
  ['https://github.com/acme/models', 'acme/models'],
  ['ssh://git@github.com/acme/models.git\n', 'acme/models'],
  ['/srv/git/models.git', undefined],
])('reads the repository of the remote %j', (url, expected) => {
  expect(repositoryOfRemote(url)).toBe(expected);
});
