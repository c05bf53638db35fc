import { describe, expect, it } from 'vitest';
import { alarmName } from './alarms.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig, scalableResourceId } from './names.ts';

const environment = { service: 'scoring', name: 'dev' };

describe('names', () => {
  it('are made of service, environment and release', () => {
    expect(endpointName(environment)).toBe('scoring-dev');
    expect(endpointConfigName(environment, '0123456789ab')).toBe('scoring-dev-0123456789ab');
    expect(alarmName(environment, '0123456789ab', 'latency-p99')).toBe('scoring-dev-0123456789ab-latency-p99');
    expect(scalableResourceId(environment)).toBe('endpoint/scoring-dev/variant/primary');
  });

  it.each([
    ['scoring-dev-0123456789ab', '0123456789ab'],
    ['scoring-dev-0123456789AB', undefined],
    ['scoring-dev-two-0123456789ab', undefined],
    ['made-in-the-console', undefined],
  ])('tell that the config %s belongs to release %s', (name, id) => {
    expect(releaseIdOfConfig(environment, name)).toBe(id);
  });
});
