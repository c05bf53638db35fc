import type { EndpointConfigView, EndpointView, ModelView } from '../endpoint/endpoint.ts';
import { guardrailProblems, imageRegionProblems } from '../environment/declaration.ts';
import type { Capacity, Environment } from '../environment/environment.ts';
import { UserError, type UserErrorParts } from '../errors/user-error.ts';
import { endpointConfigName, VARIANT_NAME } from '../environment/names.ts';
import type { Release } from '../release/release.ts';
import { modelRefusals, type ModelFinding } from './model-objects.ts';

/** What was found of everything that a swap to a release needs. */
export interface PreflightFacts {
  readonly environment: Environment;
  readonly release: Release;
  readonly endpoint: EndpointView;
  readonly config: EndpointConfigView | undefined;
  /** The config that serves: SageMaker updates no endpoint whose own config was deleted. */
  readonly servingConfig: EndpointConfigView | undefined;
  /** The instance type of what serves, where release.json lists it. */
  readonly servingInstanceType: string | undefined;
  readonly model: ModelView | undefined;
  readonly image: { readonly mediaType: string } | undefined;
  readonly modelObjects: ModelFinding;
  readonly alarms: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  /** The alarms that the swap is to carry. */
  readonly alarmNames: readonly string[];
  /** Instances that green will start with. */
  readonly instances: number;
}

// https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html: OCI manifests are not started.
const DOCKER_SCHEMA_2 = 'application/vnd.docker.distribution.manifest.v2+json';

/** Everything that speaks against starting a swap, each with what to do about it. */
function refusalsOf(facts: PreflightFacts): readonly UserErrorParts[] {
  return [
    ...servingRefusals(facts),
    ...declarationRefusals(facts),
    ...imageRegionProblems(facts.environment, facts.release),
    ...guardrailProblems(facts.environment, facts.release),
    ...imageRefusals(facts),
    ...modelRefusals(facts.release, facts.modelObjects),
    ...variantRefusals(facts),
    ...alarmRefusals(facts),
    ...capacityRefusals(facts),
  ];
}

/**
 * Refuses a swap that cannot go well, before anything is touched.
 *
 * @throws UserError with the first reason; the others are named in it.
 */
export function checkPreflight(facts: PreflightFacts): void {
  const refusals = refusalsOf(facts);
  const [first, ...others] = refusals;
  if (first === undefined) return;
  const rest = others.map(({ what, found }) => `${what}${found === undefined ? '' : ` (${found})`}`);
  throw new UserError({
    ...first,
    found: rest.length === 0 ? first.found : `${first.found ?? 'not as expected'}; and also: ${rest.join('; ')}`,
  });
}

function servingRefusals({
  environment,
  endpoint,
  servingConfig,
  servingInstanceType,
}: PreflightFacts): UserErrorParts[] {
  if (servingConfig !== undefined) return [];
  const { configName, serving } = endpoint;
  const variant = [
    `VariantName=${serving.variantName}`,
    `ModelName=${configName}`,
    `InstanceType=${servingInstanceType ?? 'ITS_INSTANCE_TYPE'}`,
    `InitialInstanceCount=${String(Math.max(1, serving.desiredInstances))}`,
  ].join(',');
  return [
    {
      what: 'The endpoint config that serves was deleted, and SageMaker updates no endpoint without it',
      where: `endpoint ${endpoint.name}`,
      expected: `an endpoint config named ${configName}`,
      found: 'none',
      remedy: `Make it again, then run this job again: aws sagemaker create-endpoint-config --region ${environment.region} --endpoint-config-name ${configName} --production-variants ${variant}`,
    },
  ];
}

function declarationRefusals({ environment, release, config, model }: PreflightFacts): UserErrorParts[] {
  const name = endpointConfigName(environment, release.id);
  const remedy = `Apply Terraform for ${environment.name}: it declares a model and an endpoint config for every release in release.json.`;
  const expected = `one named ${name}`;
  if (config === undefined) {
    return [{ what: `Release ${release.id} has no endpoint config`, where: name, expected, found: 'none', remedy }];
  }
  if (model === undefined) {
    return [
      {
        what: `Release ${release.id} has no model`,
        where: config.variants[0]?.modelName ?? name,
        expected,
        found: 'none',
        remedy,
      },
    ];
  }
  const refusals: UserErrorParts[] = [];
  if (model.image !== release.spec.image) {
    refusals.push({
      what: `The model of release ${release.id} runs another image than the release says`,
      where: `model ${model.name}`,
      expected: release.spec.image,
      found: model.image,
      remedy: 'Delete that model and its endpoint config when nothing serves them, and apply Terraform.',
    });
  }
  if (model.releaseId !== release.id) {
    refusals.push({
      what: `The model of release ${release.id} would not answer with its release id`,
      where: `model ${model.name}, container environment RELEASE_ID`,
      expected: release.id,
      found: model.releaseId ?? 'no RELEASE_ID',
      remedy: 'Declare the model with the inference-endpoint module: it sets RELEASE_ID.',
    });
  }
  return refusals;
}

function imageRefusals({ release, image }: PreflightFacts): UserErrorParts[] {
  if (image === undefined) {
    return [
      {
        what: `The image of release ${release.id} is not in its registry`,
        where: release.spec.image,
        expected: 'an image with that digest',
        found: 'none',
        remedy:
          'Build and push it again, or release another image; check that no lifecycle rule expires released images.',
      },
    ];
  }
  if (image.mediaType === DOCKER_SCHEMA_2) return [];
  return [
    {
      what: `The image of release ${release.id} has a manifest that SageMaker refuses`,
      where: release.spec.image,
      expected: DOCKER_SCHEMA_2,
      found: image.mediaType === '' ? 'a manifest without a media type' : image.mediaType,
      remedy:
        'Build it with oci-mediatypes=false and without provenance and SBOM attached, as the build-image action does.',
    },
  ];
}

function variantRefusals({ endpoint, config }: PreflightFacts): UserErrorParts[] {
  const names = config?.variants.map(({ name }) => name) ?? [endpoint.serving.variantName];
  const shadows = config?.shadowVariants ?? [];
  if (names.length === 1 && names[0] === endpoint.serving.variantName && shadows.length === 0) return [];
  return [
    {
      what: 'The new endpoint config has other variants than the endpoint',
      where: config?.name,
      expected: `one variant named ${endpoint.serving.variantName || VARIANT_NAME}`,
      found: [...names, ...shadows.map((name) => `shadow variant ${name}`)].join(', ') || 'none',
      remedy: 'Keep the variant name of the module: SageMaker cannot shift traffic between different variants.',
    },
  ];
}

function alarmRefusals({ alarms, alarmNames, environment }: PreflightFacts): UserErrorParts[] {
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  return alarmNames.flatMap((name): UserErrorParts[] => {
    const alarm = byName.get(name);
    if (alarm === undefined) {
      return [
        {
          what: 'An alarm that should guard the swap does not exist',
          where: name,
          expected: 'an alarm of that name',
          found: 'none',
          remedy: `Apply Terraform for ${environment.name}: it declares the alarms of every release.`,
        },
      ];
    }
    if (alarm.state !== 'ALARM') return [];
    return [
      {
        what: 'An alarm that should guard the swap is in ALARM already, so SageMaker would roll back at once',
        where: name,
        expected: 'OK or INSUFFICIENT_DATA',
        found: `ALARM: ${alarm.reason}`,
        remedy: 'Find out why it went off; run this job again when it is quiet.',
      },
    ];
  });
}

function capacityRefusals({ environment, instances }: PreflightFacts): UserErrorParts[] {
  const { swap } = environment;
  const where = `environments/${environment.name}/environment.json at swap`;
  switch (swap.strategy) {
    case 'all-at-once':
      return [];
    case 'canary':
      return instances < 2
        ? [
            {
              what: 'A canary needs at least two instances',
              where,
              expected: 'at least 2 instances',
              found: String(instances),
              remedy: 'Give the release two instances or more, or use the strategy all-at-once.',
            },
          ]
        : sizeRefusals(swap.canarySize, instances, 0, 50, `${where}.canarySize`);
    case 'linear':
      return sizeRefusals(swap.stepSize, instances, 10, 50, `${where}.stepSize`);
    case 'rolling':
      return sizeRefusals(swap.batchSize, instances, 5, 50, `${where}.batchSize`);
  }
}

// Shares that SageMaker allows, of the fleet: API model, CapacitySize in TrafficRoutingConfig and RollingUpdatePolicy.
function sizeRefusals(
  size: Capacity,
  instances: number,
  minimum: number,
  maximum: number,
  where: string,
): UserErrorParts[] {
  if (size.unit === 'percent') return [];
  const percent = (size.value / instances) * 100;
  if (percent >= minimum && percent <= maximum) return [];
  return [
    {
      what: `A step of the swap is not from ${minimum} to ${maximum} % of the fleet`,
      where,
      expected: `${Math.max(1, Math.ceil((instances * minimum) / 100))} to ${Math.floor((instances * maximum) / 100)} of ${instances} instances`,
      found: `${size.value} instances`,
      remedy: 'Set a size that fits the number of instances, or use percent.',
    },
  ];
}
