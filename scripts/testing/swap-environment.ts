import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { parseSmokeFile, type SmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { VALID_ENVIRONMENT } from '../../actions/lib/testing/valid-environment.ts';

/** The environment of the good case: a canary over two instances, guarded by alarms. */
export const ENVIRONMENT: Environment = {
  ...VALID_ENVIRONMENT,
  // Few rounds of questions, which take the time of the tests.
  probes: { ...VALID_ENVIRONMENT.probes, intervalSeconds: 60 },
  name: 'production',
};

/** The smoke test of the good case, for the model that the fake containers run. */
export const SMOKE: SmokeFile = parseSmokeFile({
  path: 'smoke.json',
  text: JSON.stringify({
    warmUpRequests: 2,
    minimumRequests: 12,
    concurrency: 4,
    timeoutSeconds: 60,
    limits: { p50Milliseconds: 100, p99Milliseconds: 400, errorPercent: 10 },
    parity: { absolute: 0.5 },
    cases: [
      {
        name: 'one row',
        request: { contentType: 'application/json', json: { features: [1.2, 3.4, 5.6] } },
        expect: { status: 200, outputs: { prediction: { value: [4.8], absolute: 0.25 } } },
      },
      {
        name: 'zeros',
        request: { contentType: 'application/json', json: { features: [0, 0, 0] } },
        expect: { status: 200 },
      },
      {
        name: 'a missing feature is refused',
        request: { contentType: 'application/json', json: { features: [1.2] } },
        expect: { status: [400, 422] },
      },
    ],
  }),
});
