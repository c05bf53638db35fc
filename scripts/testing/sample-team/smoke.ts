/** Smoke tests of the team's services, by service. */
export const TEAM_SMOKE = {
  // What the sample model is trained on: y = 2·x1 − x2 + 0.5·x3 + 3.
  scoring: {
    warmUpRequests: 5,
    minimumRequests: 50,
    concurrency: 4,
    timeoutSeconds: 120,
    limits: { p50Milliseconds: 250, p99Milliseconds: 1000, errorPercent: 0 },
    parity: { absolute: 0.5 },
    cases: [
      {
        name: 'an ordinary row',
        request: { contentType: 'application/json', json: { features: [1.2, 3.4, 5.6] } },
        expect: { status: 200, outputs: { prediction: { value: [4.8], absolute: 0.25 } } },
      },
      {
        name: 'a short row is refused',
        request: { contentType: 'application/json', json: { features: [1.2, 3.4] } },
        expect: { status: [400, 422] },
      },
    ],
  },
  labelling: {
    warmUpRequests: 5,
    minimumRequests: 50,
    concurrency: 4,
    timeoutSeconds: 120,
    limits: { p50Milliseconds: 250, p99Milliseconds: 1000, errorPercent: 0 },
    parity: null,
    cases: [
      {
        name: 'zeros give the intercept',
        request: { contentType: 'application/json', json: { features: [0, 0, 0] } },
        expect: { status: 200, outputs: { prediction: { value: [3], absolute: 0.25 } } },
      },
    ],
  },
} as const;
