import type { Handlers } from '../core/service.ts';
import type { ContainerDefinition, CreateModelInput, ModelSummary, Operations } from '../api-models/sagemaker.types.ts';
import { sagemakerArn, type Place } from '../core/place.ts';
import type { Repositories } from '../ecr/repository.ts';
import { AwsError, validationException } from '../wire/aws-error.ts';
import type { ModelData, SageMakerDependencies } from './dependencies.ts';
import { modelDataOf } from './launch.ts';
import { listPage } from './list-page.ts';
import { checkImage } from './resolve-image.ts';
import { keyOf, requireModel } from './state.ts';
import { newTags } from './tags.ts';

type ModelOperation = 'CreateModel' | 'DeleteModel' | 'DescribeModel' | 'ListModels';

/** An environment as a whole holds at most 32 KB (CreateModel API reference); entries are limited by the API model. */
const MAXIMUM_ENVIRONMENT_BYTES = 32 * 1024;

/** The SageMaker operations on models. */
export function modelHandlers(dependencies: SageMakerDependencies): Pick<Handlers<Operations>, ModelOperation> {
  const { state, repositories, modelData, clock } = dependencies;
  return {
    async CreateModel({ Tags, ...input }) {
      const ModelArn = sagemakerArn(state.place, 'model', input.ModelName);
      const tags = newTags(Tags);
      checkRole(state.place, input);
      for (const container of containersOf(input)) {
        checkContainer(container, repositories);
        await checkModelData(container, modelData);
      }
      // After the last wait, so that one of two calls at once is refused.
      if (state.models.has(keyOf(input.ModelName))) {
        throw validationException(`Cannot create already existing model "${ModelArn}".`);
      }
      state.models.set(keyOf(input.ModelName), {
        ...input,
        EnableNetworkIsolation: input.EnableNetworkIsolation ?? false,
        PrimaryContainer: input.PrimaryContainer && { Mode: 'SingleModel', ...input.PrimaryContainer },
        Containers: input.Containers?.map((container) => ({ Mode: 'SingleModel' as const, ...container })),
        ModelArn,
        CreationTime: clock.now(),
      });
      state.tags.set(ModelArn, tags);
      return { ModelArn };
    },
    DescribeModel: ({ ModelName }) => requireModel(state, ModelName),
    DeleteModel({ ModelName }) {
      // SageMaker deletes a model that an endpoint uses without complaint (developer guide: "you must not").
      const { ModelArn } = requireModel(state, ModelName);
      state.models.delete(keyOf(ModelName));
      state.tags.delete(ModelArn);
      return {};
    },
    ListModels(input) {
      const all = [...state.models.values()].map(({ ModelName, ModelArn, CreationTime }): ModelSummary => ({
        ModelName,
        ModelArn,
        CreationTime,
      }));
      const { items, NextToken } = listPage(all, input, {
        Name: ({ ModelName }) => ModelName,
        CreationTime: ({ CreationTime }) => CreationTime,
      });
      return { Models: items, NextToken };
    },
  };
}

/**
 * @throws AwsError ValidationException without an execution role, AccessDeniedException for one of another account.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html; the message is that of
 *   https://github.com/artilleryio/chaos-lambda/issues/29
 */
function checkRole({ accountId }: Place, { ExecutionRoleArn, ModelName }: CreateModelInput): void {
  if (ExecutionRoleArn === undefined) {
    throw validationException(`ExecutionRoleArn must be provided to create model "${ModelName}".`);
  }
  if (ExecutionRoleArn.split(':')[4] !== accountId) {
    throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.');
  }
}

function containersOf({ PrimaryContainer, Containers }: CreateModelInput): readonly ContainerDefinition[] {
  if ((PrimaryContainer === undefined) === (Containers === undefined)) {
    throw validationException('Exactly one of PrimaryContainer and Containers must be provided.');
  }
  return [...(Containers ?? []), ...(PrimaryContainer ? [PrimaryContainer] : [])];
}

function checkContainer(container: ContainerDefinition, repositories: Repositories): void {
  if (container.Image === undefined && container.ModelPackageName === undefined) {
    throw validationException('A container must have an Image or a ModelPackageName.');
  }
  if (container.Mode === 'MultiModel') {
    throw validationException('A container has the Mode MultiModel, which is not emulated.');
  }
  if (container.Image !== undefined && container.ImageConfig?.RepositoryAccessMode !== 'Vpc') {
    checkImage(repositories, container.Image);
  }
  if (container.ModelDataUrl !== undefined && container.ModelDataSource !== undefined) {
    throw validationException('Only one of ModelDataUrl and ModelDataSource can be provided for a container.');
  }
  const source = container.ModelDataSource?.S3DataSource;
  if (source?.S3DataType === 'S3Prefix' && !source.S3Uri.endsWith('/')) {
    throw validationException(`S3Uri "${source.S3Uri}" must end with a forward slash when S3DataType is S3Prefix.`);
  }
  const environment = Object.entries(container.Environment ?? {})
    .flat()
    .join('');
  if (Buffer.byteLength(environment) > MAXIMUM_ENVIRONMENT_BYTES) {
    throw validationException(`The container environment is over the limit of ${MAXIMUM_ENVIRONMENT_BYTES} bytes.`);
  }
}

/**
 * @throws AwsError ValidationException in the words of these reports:
 *   https://github.com/aws/aws-step-functions-data-science-sdk-python/issues/61 (an archive),
 *   https://github.com/aws-ia/ecs-blueprints/issues/223 (a prefix).
 */
async function checkModelData(container: ContainerDefinition, modelData: ModelData): Promise<void> {
  const location = modelDataOf(container);
  if (location === undefined || (await modelData.exists(location))) return;
  throw validationException(`Could not find model data at ${location.uri}.`);
}
