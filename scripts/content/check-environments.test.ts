import { describe, expect, it } from 'vitest';
import { checkEndpointNames, checkEnvironmentCount, checkPartitions } from './check-environments.ts';

const first = { service: 'a', name: 'b-c', account: '210987654321' };

describe('checkEndpointNames', () => {
  it('refuses two environments whose service and name give one endpoint name in an account', () => {
    const findings = checkEndpointNames([first, { service: 'a-b', name: 'c', account: first.account }]);
    expect(findings.map(({ parts }) => [parts.what, parts.found])).toEqual([
      ['b-c and c have the same endpoint name in account 210987654321', 'a-b-c for both'],
    ]);
  });

  it('allows the same name in another account', () => {
    expect(checkEndpointNames([first, { service: 'a-b', name: 'c', account: '321098765432' }])).toEqual([]);
  });
});

it('refuses an account in two partitions, which no account of AWS is', () => {
  const [trial, prime] = [
    { name: 'trial', account: '210987654321', region: 'eu-west-1' },
    { name: 'prime', account: '210987654321', region: 'cn-north-1' },
  ];
  expect(checkPartitions([trial, prime]).map(({ parts }) => [parts.what, parts.expected])).toEqual([
    [
      'trial and prime place account 210987654321 in two partitions of AWS',
      'a region of the partition aws, as eu-west-1',
    ],
  ]);
  expect(checkPartitions([trial, { ...prime, account: '321098765432' }])).toEqual([]);
});

describe('checkEnvironmentCount', () => {
  const environments = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ service: 'a', name: `e${String(index)}`, account: first.account }));

  it('refuses an eleventh environment of a service in an account', () => {
    expect(checkEnvironmentCount(environments(11)).map(({ parts }) => [parts.where, parts.found])).toEqual([
      ['environments/e10/environment.json at account', '11'],
    ]);
    expect(checkEnvironmentCount([...environments(10), { ...first, account: '321098765432' }])).toEqual([]);
  });
});
