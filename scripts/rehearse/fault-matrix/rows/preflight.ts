import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateEndpointConfigCommand, DeleteEndpointConfigCommand } from '@aws-sdk/client-sagemaker';
import type { Row } from '../harness/row.ts';
import type { MatrixFixture } from '../harness/fixture.ts';

export const ledgerDenied = { kind: 'api-error', service: 's3', code: 'AccessDenied', status: 403 } as const;
const refused = { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 } as const;

/** Redeclares green's endpoint config with another variant. */
async function renameVariant({ sagemaker, configName }: MatrixFixture): Promise<void> {
  const name = configName('green');
  await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: 'other', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: 2 },
      ],
    }),
  );
}

/** What the preflight finds. */
export const preflightRows: readonly Row[] = [
  {
    fault: 'the endpoint does not exist',
    fixture: { without: ['endpoint'] },
    ends: { ...refused, serves: 'no endpoint' },
    says: /does not exist/,
  },
  {
    fault: 'the endpoint config is missing',
    fixture: { without: ['config'] },
    ends: refused,
    says: /no endpoint config/,
  },
  { fault: 'the model is missing', fixture: { without: ['model'] }, ends: refused, says: /has no model/ },
  {
    fault: 'the image is missing',
    arrange: deleteImage,
    ends: refused,
    says: /not in its registry/,
  },
  {
    fault: 'the image has an OCI manifest',
    fixture: { mediaTypes: { green: 'application/vnd.oci.image.manifest.v1+json' } },
    ends: refused,
    says: /manifest that SageMaker refuses/,
  },
  { fault: 'the variant has another name', arrange: renameVariant, ends: refused, says: /other variants/ },
  { fault: 'an alarm is missing', fixture: { without: ['alarms'] }, ends: refused, says: /alarm .* does not exist/ },
  {
    fault: 'an alarm is in ALARM already',
    // Until its next period the alarm stays as it was set.
    real: { fixture: { acceleration: 1 } },
    arrange: async ({ cloudwatch, configName }) => {
      await cloudwatch.send(
        new SetAlarmStateCommand({
          AlarmName: `${configName('green')}-5xx`,
          StateValue: 'ALARM',
          StateReason: 'a drill',
        }),
      );
    },
    ends: refused,
    says: /in ALARM already/,
  },
  {
    fault: 'a canary on one instance',
    fixture: { specs: { blue: { instanceCount: 1 }, green: { instanceCount: 1 } } },
    ends: refused,
    says: /at least two instances/,
  },
  {
    fault: 'a canary of more than half of the fleet',
    fixture: {
      environment: {
        swap: {
          strategy: 'canary',
          canarySize: { unit: 'instances', value: 2 },
          waitIntervalSeconds: 60,
          terminationWaitSeconds: 60,
          maximumExecutionTimeoutSeconds: 3600,
        },
      },
    },
    ends: refused,
    says: /not from 0 to 50 %/,
  },
  {
    fault: 'GitHub cannot be reached: the ledger is enough',
    arrange: ({ github }) => github.goAway(),
    ends: { outcome: 'promoted', serves: 'green', deployment: null, updates: 1 },
    says: /GitHub does not show this deployment as it is/,
  },
  {
    fault: 'the ledger cannot be read',
    arrange: ({ aws }) => void aws.faults.inject({ ...ledgerDenied, operation: 'GetObject' }),
    ends: refused,
    says: /GetObject failed for s3:.*the role is not allowed to/,
  },
  {
    fault: 'the ledger cannot be written',
    arrange: ({ aws }) => void aws.faults.inject({ ...ledgerDenied, operation: 'PutObject' }),
    ends: refused,
    says: /PutObject failed for s3:.*the role is not allowed to/,
  },
];

/** Deletes green's image, which must be there when its model is created. */
async function deleteImage({ aws, sagemaker, releases }: MatrixFixture): Promise<void> {
  const { credentials } = sagemaker.config;
  const ecr = new ECRClient({ region: aws.region, requestHandler: aws.requestHandler, credentials });
  const [, repositoryName = '', imageDigest = ''] = /^[^/]+\/(.+)@(.+)$/.exec(releases.green.spec.image) ?? [];
  const { failures } = await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
  if (failures?.length !== 0) throw new Error(`green's image was not deleted: ${JSON.stringify(failures)}`);
}
