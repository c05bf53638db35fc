import { expect, it } from 'vitest';
import { SMOKE } from '../../scripts/testing/swap-environment.ts';
import type { EndpointView } from '../lib/domain/endpoint/endpoint.ts';
import { endpointView } from '../lib/testing/endpoint-view.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';
import { runSmokeTest } from './run.ts';

const id = '0123456789ab';
const environment = { ...VALID_ENVIRONMENT, name: 'production' };
const spec = { ...{ image: 'image', model: null, instanceType: 'ml.m5.large' }, instanceCount: 2 };
const source = { commit: '0'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
const releaseFile = {
  live: id,
  releases: { [id]: { spec: { ...spec, environment: {}, startupTimeoutSeconds: 60 }, source } },
};

it.each([
  ['production', 'production variants primary, copy'],
  ['shadow', 'production variant primary, shadow variant copy'],
] as const)('asks nothing of an endpoint with a further %s variant', async (kind, found) => {
  const seen = endpointView({
    ...{ status: 'InService', configName: 'config', pending: null },
    ...{ imageDigests: [], lastModifiedAt: 0 },
  });
  const endpoint: EndpointView = { ...seen, serving: { ...seen.serving, otherVariants: [{ kind, name: 'copy' }] } };
  const asked = runSmokeTest(
    { release: undefined },
    { environment, releaseFile, smokeFile: SMOKE },
    {
      endpoints: { describe: async () => await Promise.resolve(endpoint) },
      invoker: { invoke: () => Promise.reject(new Error('the endpoint was asked')) },
      clock: { now: () => 0, monotonic: () => 0, sleep: async () => await Promise.resolve() },
      signal: new AbortController().signal,
    },
  );
  await expect(asked).rejects.toMatchObject({ parts: { found } });
});
