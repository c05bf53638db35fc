import { CreateEndpointConfigCommand, DeleteEndpointConfigCommand } from '@aws-sdk/client-sagemaker';
import { ledgerDenied } from './preflight.ts';
import type { Row } from '../harness/row.ts';

const back = { outcome: 'promoted', serves: 'old', deployment: 'success', updates: 1 } as const;
const refused = { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 } as const;

/** The action that a person starts. */
export const rollbackRows: readonly Row[] = [
  { fault: 'none: to the last verified release', runs: [{ action: 'rollback' }], ends: back },
  {
    fault: 'none: to a named release',
    runs: [({ releases }) => ({ action: 'rollback', release: releases.old.id })],
    ends: back,
  },
  {
    fault: 'rolled back twice: the one rolled back from is not a target',
    runs: [{ action: 'rollback' }, { action: 'rollback' }],
    ends: { outcome: 'refused', serves: 'old', deployment: 'success', updates: 1 },
    says: /a person rolled back to release/,
  },
  {
    fault: 'the named release was never verified',
    runs: [({ releases }) => ({ action: 'rollback', release: releases.green.id })],
    ends: refused,
    says: /never verified/,
  },
  {
    fault: 'the named release was never verified, forced',
    runs: [({ releases }) => ({ action: 'rollback', release: releases.green.id, force: true })],
    ends: { ...back, serves: 'green' },
    says: /never verified .* forced/,
  },
  {
    fault: "the target's endpoint config was deleted",
    arrange: async ({ sagemaker, configName }) => {
      await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configName('old') }));
    },
    runs: [{ action: 'rollback' }],
    ends: refused,
    says: /no endpoint config/,
  },
  {
    fault: 'the endpoint config that serves was deleted: the refusal has the command that makes it again',
    arrange: async ({ sagemaker, configName }) => {
      await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configName('blue') }));
    },
    runs: [{ action: 'rollback' }],
    ends: refused,
    says: /aws sagemaker create-endpoint-config .*VariantName=primary,ModelName=\S+-production-[0-9a-f]{12},InstanceType=ml\.m5\.large/,
  },
  {
    fault: 'the endpoint config that serves was deleted, and made again as the refusal says',
    arrange: async ({ sagemaker, configName }) => {
      await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configName('blue') }));
    },
    runs: [
      { action: 'rollback' },
      async ({ sagemaker, configName }) => {
        await sagemaker.send(
          new CreateEndpointConfigCommand({
            EndpointConfigName: configName('blue'),
            ProductionVariants: [
              {
                VariantName: 'primary',
                ModelName: configName('blue'),
                InstanceType: 'ml.m5.large',
                InitialInstanceCount: 2,
              },
            ],
          }),
        );
        return { action: 'rollback' };
      },
    ],
    ends: back,
  },
  {
    fault: 'the target cannot be launched: no machine goes on',
    arrange: ({ aws, configName }) => {
      aws.faults.inject({ kind: 'launch-failure', configName: configName('old'), reason: 'no capacity' });
    },
    runs: [{ action: 'rollback' }],
    ends: { outcome: 'stuck', serves: 'blue', deployment: 'error', updates: 1 },
    says: /no capacity/,
  },
  {
    fault: 'the target answers wrongly: nothing undoes the rollback',
    fixture: { answers: { old: { weights: [0.5, -1, 2] } } },
    runs: [{ action: 'rollback' }],
    ends: { outcome: 'stuck', serves: 'old', deployment: 'error', updates: 1 },
    says: /no release that this run may go back to/,
  },
  {
    fault: 'GitHub cannot be reached: a rollback needs none of it',
    arrange: ({ github }) => github.goAway(),
    runs: [{ action: 'rollback' }],
    ends: { ...back, deployment: null },
    says: /GitHub does not show this deployment as it is/,
  },
  {
    fault: 'the ledger cannot be read, and no release is named',
    arrange: ({ aws }) => void aws.faults.inject(ledgerDenied),
    runs: [{ action: 'rollback' }],
    ends: refused,
    says: /ledger of verified releases could not be read/,
  },
  {
    fault: 'neither the ledger nor GitHub can be reached, and the release is named',
    arrange: ({ aws, github }) => {
      aws.faults.inject(ledgerDenied);
      github.goAway();
    },
    runs: [({ releases }) => ({ action: 'rollback', release: releases.old.id })],
    ends: { outcome: 'promoted', serves: 'old', deployment: null, updates: 1 },
    isRecorded: false,
    says: /the ledger does not say so/,
  },
  {
    fault: 'the endpoint is UpdateRollbackFailed',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'bake-failure', bake: 'first', reason: 'alarm', times: 1 });
      aws.faults.inject({ kind: 'rollback-failure', reason: 'no capacity for blue', times: 1 });
      aws.faults.inject({ kind: 'api-error', operation: 'UpdateEndpoint', code: 'Unused', share: 0 });
    },
    runs: [
      ({ aws }) => ({
        disturbance: {
          in: 'rolling-back',
          what: () => {
            aws.faults.inject({
              kind: 'api-error',
              operation: 'UpdateEndpoint',
              code: 'AccessDeniedException',
              status: 400,
              times: 1,
            });
          },
        },
      }),
      ({ releases }) => ({ action: 'rollback', release: releases.blue.id }),
    ],
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 },
  },
];
