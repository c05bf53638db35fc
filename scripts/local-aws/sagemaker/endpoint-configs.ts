import type { Handlers } from '../core/service.ts';
import type { CreateEndpointConfigInput, EndpointConfigSummary, Operations } from '../api-models/sagemaker.types.ts';
import { sagemakerArn } from '../core/place.ts';
import { validationException } from '../wire/aws-error.ts';
import { listPage } from './list-page.ts';
import { keyOf, requireEndpointConfig, requireModel, type SageMakerState } from './state.ts';
import { newTags } from './tags.ts';

type ConfigOperation =
  'CreateEndpointConfig' | 'DeleteEndpointConfig' | 'DescribeEndpointConfig' | 'ListEndpointConfigs';

/** The SageMaker operations on endpoint configs. */
export function endpointConfigHandlers(
  state: SageMakerState,
  now: () => Date,
): Pick<Handlers<Operations>, ConfigOperation> {
  return {
    CreateEndpointConfig({ Tags, ...input }) {
      const EndpointConfigArn = sagemakerArn(state.place, 'endpoint-config', input.EndpointConfigName);
      if (state.endpointConfigs.has(keyOf(input.EndpointConfigName))) {
        throw validationException(`Cannot create already existing endpoint configuration "${EndpointConfigArn}".`);
      }
      checkVariants(state, input);
      const tags = newTags(Tags);
      state.endpointConfigs.set(keyOf(input.EndpointConfigName), {
        ...input,
        ProductionVariants: input.ProductionVariants.map((variant) => ({
          ...(variant.ServerlessConfig === undefined && { InitialInstanceCount: 1 }),
          InitialVariantWeight: 1,
          ...variant,
        })),
        EndpointConfigArn,
        CreationTime: now(),
      });
      state.tags.set(EndpointConfigArn, tags);
      return { EndpointConfigArn };
    },
    DescribeEndpointConfig: ({ EndpointConfigName }) => requireEndpointConfig(state, EndpointConfigName),
    DeleteEndpointConfig({ EndpointConfigName }) {
      // SageMaker deletes a config that an endpoint uses without complaint (developer guide: "you must not").
      const { EndpointConfigArn } = requireEndpointConfig(state, EndpointConfigName);
      state.endpointConfigs.delete(keyOf(EndpointConfigName));
      state.tags.delete(EndpointConfigArn);
      return {};
    },
    ListEndpointConfigs(input) {
      const all = [...state.endpointConfigs.values()].map(
        ({ EndpointConfigName, EndpointConfigArn, CreationTime }): EndpointConfigSummary => ({
          EndpointConfigName,
          EndpointConfigArn,
          CreationTime,
        }),
      );
      const { items, NextToken } = listPage(all, input, {
        Name: ({ EndpointConfigName }) => EndpointConfigName,
        CreationTime: ({ CreationTime }) => CreationTime,
      });
      return { EndpointConfigs: items, NextToken };
    },
  };
}

function checkVariants(state: SageMakerState, input: CreateEndpointConfigInput): void {
  if (input.AsyncInferenceConfig !== undefined) {
    throw validationException('An endpoint config has an AsyncInferenceConfig, which is not emulated.');
  }
  const variants = input.ProductionVariants;
  const names = variants.map(({ VariantName }) => VariantName);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw validationException(`Two or more production variants have the name "${repeated}".`);
  const shadows = input.ShadowProductionVariants ?? [];
  // CreateEndpointConfig API reference, ShadowProductionVariants.
  if (shadows.length > 0 && (shadows.length > 1 || variants.length > 1)) {
    throw validationException(
      'With ShadowProductionVariants only one variant can be specified for ProductionVariants, and one for ShadowProductionVariants.',
    );
  }
  const shadow = shadows.find(({ VariantName }) => names.includes(VariantName));
  if (shadow !== undefined) {
    throw validationException(`A shadow variant has the name of a production variant, "${shadow.VariantName}".`);
  }
  for (const variant of [...variants, ...shadows]) {
    const { MinInstanceCount = 1, MaxInstanceCount = Infinity } = variant.ManagedInstanceScaling ?? {};
    if (MinInstanceCount > MaxInstanceCount) {
      throw validationException(`MinInstanceCount ${MinInstanceCount} is over MaxInstanceCount ${MaxInstanceCount}.`);
    }
    if (variant.ModelName === undefined) {
      throw validationException(
        `Production variant "${variant.VariantName}" has no ModelName: inference components are not emulated.`,
      );
    }
    requireModel(state, variant.ModelName);
    if (variant.ServerlessConfig !== undefined) {
      throw validationException(
        `Production variant "${variant.VariantName}" has a ServerlessConfig, which is not emulated.`,
      );
    }
    if (variant.InstanceType === undefined) {
      throw validationException(`Production variant "${variant.VariantName}" must have an InstanceType.`);
    }
  }
  // Endpoint config with a KMS key: instances with local NVMe cannot encrypt their storage volume with it
  // (CreateEndpointConfig API reference, KmsKeyId).
  const nvme = variants.find(({ InstanceType }) =>
    /^ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g4dn|g5|g6e?|g7e|p4de?|p5e?n?|p6[^.]*|dl1|trn1n?|trn2)\./.test(InstanceType ?? ''),
  );
  if (input.KmsKeyId !== undefined && nvme !== undefined) {
    throw validationException(
      `KmsKeyId is not supported for instance type ${nvme.InstanceType ?? ''}, which has local NVMe storage.`,
    );
  }
}
