import { expect, it } from 'vitest';
import { UsageError } from '../command-line.ts';
import { parseFlags } from './flags.ts';

it('takes the values of a command line', () => {
  const values = { github: 'acme/models', branch: 'release/1.x', network: '10.1.0.0/20', 'owner-id': '1', yes: true };
  expect(parseFlags(values)).toMatchObject({
    ...{ github: 'acme/models', branch: 'release/1.x', network: '10.1.0.0/20', ownerId: '1', account: undefined },
  });
  expect(parseFlags({ network: 'none', destroy: false }).network).toBe('none');
});

it.each([
  ['account', ''],
  ['account', '21098765432'],
  ['service', ''],
  ['service', '('],
  ['github', 'acme/*'],
  ['branch', ''],
  ['branch', 'release/*'],
  ['owner-id', ''],
  ['repository-id', 'models'],
  ['home-region', 'eu-centrall-1'],
  ['move-home-region', 'eu-centrall-1'],
  ['artifacts-account', '32109876543'],
  ['network', 'private'],
  ['network', '10.1.0.0/8'],
])('refuses --%s %j', (name, value) => {
  const parse = () => parseFlags({ [name]: value });
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(`--${name} is not valid`);
});

it.each(['move-home-region', 'github', 'branch', 'owner-id', 'repository-id', 'artifacts-account', 'network'])(
  'refuses --destroy with --%s',
  (name) => {
    const parse = () => parseFlags({ destroy: true, [name]: 'x' });
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(`--destroy and --${name} contradict each other`);
  },
);

it('takes a home region at the first run or for a move, and for a removal', () => {
  const region = 'eu-central-1';
  expect(() => parseFlags({ 'home-region': region, 'move-home-region': region })).toThrow('contradict each other');
  expect(parseFlags({ destroy: true, 'home-region': region }).homeRegion).toBe(region);
});
