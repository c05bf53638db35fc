import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listEnvironments, readEnvironmentFolder } from '../lib/adapters/environment-folder.ts';
import { parseEnvironmentSettingsInputs } from './inputs.ts';
import { renderOutputs, runEnvironmentSettings } from './run.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const settingsOf = async (environment: string, change: { order?: number; region?: string } = {}) =>
  await runEnvironmentSettings(
    parseEnvironmentSettingsInputs((name) => (name === 'environment' ? environment : '.')),
    {
      list: async () => await listEnvironments(ROOT),
      read: async (name) => {
        const entry = await readEnvironmentFolder(ROOT, name);
        const promotionOrder = change.order ?? entry.environment.promotionOrder;
        const region = change.region ?? entry.environment.region;
        return { ...entry, environment: { ...entry.environment, promotionOrder, region } };
      },
    },
  );

describe('environment-settings', () => {
  it('answers the account, region, names and roles of an environment', async () => {
    expect(renderOutputs(await settingsOf('staging'))).toMatchObject({
      environment: 'staging',
      service: 'onnx-inference',
      account: '123456789012',
      region: 'eu-central-1',
      endpoint: 'onnx-inference-staging',
      'next-environment': 'production',
      environments: '["dev","staging","production"]',
      'plan-role-arn': 'arn:aws:iam::123456789012:role/onnx-inference-plan',
      'build-role-arn': 'arn:aws:iam::123456789012:role/onnx-inference-build',
      'apply-role-arn': 'arn:aws:iam::123456789012:role/onnx-inference-staging-apply',
      'deploy-role-arn': 'arn:aws:iam::123456789012:role/onnx-inference-staging-deploy',
    });
  });

  it('takes the first environment where none is named, and has none after the last', async () => {
    expect(renderOutputs(await settingsOf(''))['environment']).toBe('dev');
    expect(renderOutputs(await settingsOf('production'))['next-environment']).toBe('');
  });

  it('knows the partitions of AWS', async () => {
    const { 'plan-role-arn': arn } = renderOutputs(await settingsOf('dev', { region: 'cn-north-1' }));
    expect(arn).toMatch(/^arn:aws-cn:iam::/);
  });

  it('names the environments that there are when it gets another one', async () => {
    await expect(settingsOf('prod')).rejects.toThrow(/no environment "prod"[^]*dev, production, staging/);
  });

  it('refuses two environments with the same place in the promotion order', async () => {
    await expect(settingsOf('dev', { order: 1 })).rejects.toThrow(/same place in the promotion order/);
  });
});
