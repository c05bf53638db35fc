import { beforeEach, describe, expect, it } from 'vitest';
import { parseGoldenFile, type SmokeCase } from '../lib/domain/smoke/cases.ts';
import type { Probe } from '../lib/domain/smoke/check.ts';
import type { AskedEnvironment } from '../lib/domain/smoke/container-starts.ts';
import { modelDigest } from '../lib/domain/release/model-artifact.ts';
import type { ContainerSpec } from '../lib/ports/image-runner.ts';
import { parseTestImageInputs } from './inputs.ts';
import { errorOf, renderOutputs, renderSummary } from './report.ts';
import { runTestImage, type TestImagePorts } from './run.ts';

const IMAGE = `registry/scoring@sha256:${'1'.repeat(64)}`;
const FILES = [{ path: 'model.onnx', sha256: 'e'.repeat(64), sizeBytes: 7 }];
const given: Readonly<Record<string, string>> = {
  ...{ service: 'scoring', image: IMAGE, region: 'eu-west-1' },
  ...{ 'model-digest': '', 'model-directory': '', 'working-directory': '.' },
};
const parse = (change: Readonly<Record<string, string>> = {}) =>
  parseTestImageInputs((name) => ({ ...given, ...change })[name] ?? '');

const casesOf = (...names: readonly string[]): readonly SmokeCase[] =>
  parseGoldenFile({
    path: 'golden.json',
    text: JSON.stringify({
      cases: names.map((name) => ({
        name,
        request: { contentType: 'application/json', json: { features: [1] } },
        expect: { status: 200, outputs: { prediction: { value: [4], absolute: 0.1 } } },
      })),
    }),
  }).cases;

const environment = (name: string, runs: AskedEnvironment['runs']): AskedEnvironment => ({
  ...{ name, runs },
  smoke: { file: `environments/${name}/smoke.json`, cases: casesOf(`one of ${name}`, `two of ${name}`) },
});

describe('runTestImage', () => {
  let ports: TestImagePorts;
  let started: ContainerSpec[];
  let answer: (smoke: SmokeCase, container: ContainerSpec) => Probe;
  const answered = (prediction: number, releaseId: string | undefined): Probe => ({
    ...{ kind: 'answered', status: 200, releaseId, latencyMilliseconds: 1 },
    ...{ contentType: 'application/json', body: JSON.stringify({ prediction: [prediction] }) },
  });

  beforeEach(() => {
    started = [];
    answer = (_, container) => answered(4, container.environment['RELEASE_ID']);
    ports = {
      repositories: {
        open: async (name) =>
          await Promise.resolve({ name, registry: 'r', uri: `r/${name}`, username: 'AWS', password: 'x' }),
      },
      runner: {
        pull: async () => await Promise.resolve(),
        ask: async (container, cases) => {
          started.push(container);
          const probes = cases.map((smoke) => answer(smoke, container));
          return await Promise.resolve({ startSeconds: started.length, probes });
        },
      },
      environments: async () =>
        await Promise.resolve([
          environment('trial', { environment: { LOG_LEVEL: 'debug' }, startupTimeoutSeconds: 300 }),
          environment('preview', undefined),
          environment('prime', { environment: {}, startupTimeoutSeconds: 60 }),
        ]),
      goldenCases: async () =>
        await Promise.resolve([{ file: 'server/models/scoring/golden.json', cases: casesOf('gold') }]),
      readModel: async () => await Promise.resolve({ folder: 'model', files: FILES, sourceOf: ({ path }) => path }),
      unpackModel: async () => await Promise.resolve('/tmp/unpacked'),
      reporter: { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined },
    };
  });

  it('starts the image once for each container environment, and asks golden cases and those of its environments', async () => {
    const result = await runTestImage(parse(), ports);
    expect(started).toMatchObject([
      { image: IMAGE, environment: { LOG_LEVEL: 'debug' }, modelFolder: undefined, startupTimeoutSeconds: 300 },
      { image: IMAGE, startupTimeoutSeconds: 60 },
    ]);
    expect(started[1]?.environment).not.toHaveProperty('LOG_LEVEL');
    expect(JSON.parse(renderOutputs(result)['evidence'] ?? '')).toEqual({
      ...{ image: IMAGE, modelDigest: modelDigest(FILES), isModelMounted: false },
      ...{ environments: ['trial', 'preview', 'prime'], cases: 8, startSeconds: 2 },
    });
    expect(errorOf(result)).toBeNull();
    expect(renderSummary(result)).toContain('answered all 8 cases of trial, preview, prime and of the model');
  });

  it.each<[string, (smoke: SmokeCase, container: ContainerSpec) => Probe, string]>([
    ['a wrong value', (_, c) => answered(-4, c.environment['RELEASE_ID']), 'prediction[0] is -4, expected 4 ± 0.1'],
    ['no release id', () => answered(4, undefined), 'answered by release unknown'],
    ['a 5XX', (_, c) => ({ ...answered(4, c.environment['RELEASE_ID']), status: 500 }) as Probe, 'status 500'],
    ['no answer', () => ({ kind: 'failed', message: 'the container ended', latencyMilliseconds: 0 }), 'ended'],
  ])('fails where one case gets %s, names it, and gives no evidence', async (_, bad, found) => {
    const good = answer;
    answer = (smoke, container) => (smoke.name === 'two of prime' ? bad : good)(smoke, container);
    const result = await runTestImage(parse(), ports);
    expect(renderOutputs(result)).toMatchObject({ evidence: '', cases: '8', failed: '1' });
    const error = errorOf(result);
    expect(error?.message).toContain('1 of 8 cases');
    expect(error?.message).toContain('environments/prime/smoke.json at case "two of prime"');
    expect(error?.message).toContain(found);
    expect(error?.parts.location).toEqual({ file: 'environments/prime/smoke.json' });
    expect(renderSummary(result)).toContain('| environments/prime/smoke.json | two of prime |');
  });

  it('mounts a published model, and refuses a folder that is another one before it starts anything', async () => {
    const result = await runTestImage(parse({ 'model-digest': modelDigest(FILES) }), ports);
    expect(started.map(({ modelFolder }) => modelFolder)).toEqual(['/tmp/unpacked', '/tmp/unpacked']);
    expect(result.evidence.isModelMounted).toBe(true);
    started = [];
    const other = { 'model-digest': `sha256:${'0'.repeat(64)}` };
    await expect(runTestImage(parse(other), ports)).rejects.toThrow(/does not hold the model that was published/);
    expect(started).toEqual([]);
  });
});
