import path from 'node:path';
import { expect, it } from 'vitest';
import { readEnvironmentFolder } from '../../actions/lib/adapters/environment-folder.ts';
import type { Environment } from '../../actions/lib/domain/environment.ts';
import { chooseAccount, makeSettings, parseSettings, repositoryOfRemote } from './settings.ts';

const root = path.join(import.meta.dirname, '../..');
const { environment: dev } = await readEnvironmentFolder(root, 'dev');
const production: Environment = { ...dev, name: 'production', account: '210987654321', promotionOrder: 3 };
const staging: Environment = { ...dev, name: 'staging', region: 'eu-west-1', promotionOrder: 2 };

it('takes the only account there is', () => {
  expect(chooseAccount([dev, staging], undefined)).toBe('123456789012');
});

it('wants to be told which of several accounts is meant', () => {
  expect(() => chooseAccount([dev, production], undefined)).toThrow('one of 123456789012, 210987654321');
  expect(() => chooseAccount([dev], '999999999999')).toThrow('No environment is in account 999999999999');
});

it('sets an account up for its own environments and lets the others pull from it', () => {
  expect(makeSettings([production, staging, dev], '123456789012', { github: 'acme/models' }, undefined)).toEqual({
    service: 'onnx-inference',
    account: '123456789012',
    region: 'eu-central-1',
    environments: { staging: { region: 'eu-west-1' }, dev: { region: 'eu-central-1' } },
    github: { owner: 'acme', repository: 'models', branch: 'main', owner_id: null, repository_id: null },
    oidc_provider_arn: null,
    artifacts: { account_ids: ['210987654321'] },
    artifacts_account: null,
    network: null,
  });
});

it('makes no artifacts where another account holds them', () => {
  const settings = makeSettings(
    [dev, production],
    '210987654321',
    { github: 'acme/models', artifactsAccount: '123456789012' },
    undefined,
  );
  expect(settings).toMatchObject({ artifacts: null, artifacts_account: '123456789012' });
});

it('keeps what an earlier run was told', () => {
  const before = makeSettings(
    [dev],
    '123456789012',
    { github: 'acme/models', ownerId: '1', repositoryId: '2', branch: 'trunk', network: '10.1.0.0/20' },
    undefined,
  );
  const again = makeSettings([dev, staging], '123456789012', {}, before);
  expect(again.github).toEqual(before.github);
  expect(again.network).toEqual({ cidr_block: '10.1.0.0/20' });
  expect(Object.keys(again.environments)).toEqual(['dev', 'staging']);
  expect(makeSettings([dev], '123456789012', { network: 'none' }, before).network).toBeNull();
  expect(parseSettings({ path: 'x.tfvars.json', text: JSON.stringify(before) })).toEqual(before);
});

it('refuses to trust nobody in particular', () => {
  expect(() => makeSettings([dev], '123456789012', {}, undefined)).toThrow('--github OWNER/REPOSITORY');
  expect(() => makeSettings([dev], '123456789012', { github: 'acme/*' }, undefined)).toThrow('found:    acme/*');
});

it('refuses an account with two services', () => {
  expect(() => makeSettings([dev, { ...staging, service: 'other' }], '123456789012', {}, undefined)).toThrow(
    'onnx-inference, other',
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
