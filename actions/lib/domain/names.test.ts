import { describe, expect, it } from 'vitest';
import { alarmName, endpointConfigName, endpointName, releaseIdOfConfig, scalableResourceId } from './names.ts';

const environment = { service: 'onnx-inference', name: 'dev' };

describe('names', () => {
  it('are made of service, environment and release', () => {
    expect(endpointName(environment)).toBe('onnx-inference-dev');
    expect(endpointConfigName(environment, '0123456789ab')).toBe('onnx-inference-dev-0123456789ab');
    expect(alarmName(environment, '0123456789ab', 'latency-p99')).toBe('onnx-inference-dev-0123456789ab-latency-p99');
    expect(scalableResourceId(environment)).toBe('endpoint/onnx-inference-dev/variant/primary');
  });

  it.each([
    ['onnx-inference-dev-0123456789ab', '0123456789ab'],
    ['onnx-inference-dev-0123456789AB', undefined],
    ['onnx-inference-dev-two-0123456789ab', undefined],
    ['made-in-the-console', undefined],
  ])('tell that the config %s belongs to release %s', (name, id) => {
    expect(releaseIdOfConfig(environment, name)).toBe(id);
  });
});
