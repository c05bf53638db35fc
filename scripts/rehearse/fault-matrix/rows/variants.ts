import {
  CreateEndpointConfigCommand,
  DeleteEndpointConfigCommand,
  UpdateEndpointCommand,
  type ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { endpointName, VARIANT_NAME } from '../../../../actions/lib/domain/environment/names.ts';
import type { MatrixFixture, ReleaseName } from '../harness/fixture.ts';
import type { Row } from '../harness/row.ts';

type Kind = 'production' | 'shadow';

const refused = { outcome: 'refused', serves: 'blue', deployment: null, updates: 0 } as const;
const movedByHand = { ...refused, serves: 'old', updates: 1 } as const;
const says: Readonly<Record<Kind, RegExp>> = {
  production: /production variants primary, copy.*aws sagemaker update-endpoint/s,
  shadow: /production variant primary, shadow variant copy.*End the shadow test/s,
};

/** Declares the endpoint config of a release again, with a second variant of one kind. */
async function addVariant(
  { sagemaker, configName, releases }: MatrixFixture,
  release: ReleaseName,
  kind: Kind,
): Promise<void> {
  const name = configName(release);
  const variant = (VariantName: string, ModelName: string): ProductionVariant => ({
    ...{ VariantName, ModelName, InitialInstanceCount: releases[release].spec.instanceCount },
    ...{ InstanceType: 'ml.m5.large' },
  });
  const [own, copy] = [variant(VARIANT_NAME, name), variant('copy', configName('blue'))];
  await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: name,
      ProductionVariants: kind === 'production' ? [own, copy] : [own],
      ...(kind === 'shadow' ? { ShadowProductionVariants: [copy] } : {}),
    }),
  );
}

/** Somebody moves the endpoint by hand to a config with a second variant. */
const movedTo =
  (release: ReleaseName, kind: Kind) =>
  async (fixture: MatrixFixture): Promise<void> => {
    const { sagemaker, environment, configName, time, launchMilliseconds } = fixture;
    await addVariant(fixture, release, kind);
    await sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: endpointName(environment),
        EndpointConfigName: configName(release),
      }),
    );
    await time.advance(launchMilliseconds + 60_000);
  };

const KINDS = [
  ['a second production variant', 'production'],
  ['a shadow variant', 'shadow'],
] as const;

/** Endpoints with variants that no smoke test can judge one by one. */
export const variantRows: readonly Row[] = [
  ...KINDS.flatMap(([words, kind]): readonly Row[] => [
    {
      fault: `somebody moved the endpoint to ${words}: a deployment is refused`,
      arrange: movedTo('old', kind),
      ends: movedByHand,
      says: says[kind],
    },
    {
      fault: `somebody moved the endpoint to ${words}: a rollback without a name is refused`,
      arrange: movedTo('old', kind),
      runs: [{ action: 'rollback' }],
      ends: movedByHand,
      says: says[kind],
    },
    {
      fault: `somebody moved the endpoint to ${words}: a rollback by name is refused`,
      arrange: movedTo('old', kind),
      runs: [({ releases }) => ({ action: 'rollback', release: releases.blue.id })],
      ends: movedByHand,
      says: says[kind],
    },
    {
      fault: `the release to deploy serves already, with ${words}: it is not promoted`,
      arrange: movedTo('green', kind),
      runs: [({ configName }) => ({ acceptServing: configName('green') })],
      ends: { ...movedByHand, serves: 'green' },
      says: says[kind],
    },
    {
      fault: `the endpoint config of green has ${words}`,
      arrange: async (fixture) => await addVariant(fixture, 'green', kind),
      ends: refused,
      says: /other variants.*copy/s,
    },
  ]),
  {
    fault: 'the endpoint config of green gets a shadow variant after the preflight: green is found bad',
    runs: [(fixture) => ({ disturbance: { in: 'requesting', what: () => addVariant(fixture, 'green', 'shadow') } })],
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
    says: /shadow variant copy, which no smoke test can judge/,
  },
];
