import { describe, expect, it } from 'vitest';
import { checkEndpointNames } from './check-environments.ts';

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
