import type { Handlers } from '../core/service.ts';
import type { CreateModelInput, ModelSummary, Operations } from '../api-models/sagemaker.types.ts';
import { sagemakerArn } from '../core/place.ts';
import type { Repositories } from '../ecr/repository.ts';
import { validationException } from '../wire/aws-error.ts';
import { listPage } from './list-page.ts';
import { checkImageRegion } from './resolve-image.ts';
import { keyOf, requireModel, type SageMakerState } from './state.ts';

type ModelOperation = 'CreateModel' | 'DeleteModel' | 'DescribeModel' | 'ListModels';

/** An environment as a whole holds at most 32 KB (CreateModel API reference); entries are limited by the API model. */
const MAXIMUM_ENVIRONMENT_BYTES = 32 * 1024;

/** The SageMaker operations on models. */
export function modelHandlers(
  state: SageMakerState,
  repositories: Repositories,
  now: () => Date,
): Pick<Handlers<Operations>, ModelOperation> {
  return {
    CreateModel({ Tags, ...input }) {
      const ModelArn = sagemakerArn(state.place, 'model', input.ModelName);
      if (state.models.has(keyOf(input.ModelName))) {
        throw validationException(`Cannot create already existing model "${ModelArn}".`);
      }
      checkContainers(input, repositories);
      state.models.set(keyOf(input.ModelName), {
        ...input,
        EnableNetworkIsolation: input.EnableNetworkIsolation ?? false,
        PrimaryContainer: input.PrimaryContainer && { Mode: 'SingleModel', ...input.PrimaryContainer },
        Containers: input.Containers?.map((container) => ({ Mode: 'SingleModel' as const, ...container })),
        ModelArn,
        CreationTime: now(),
      });
      if (Tags !== undefined) state.tags.set(ModelArn, Tags);
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

function checkContainers(
  { PrimaryContainer, Containers, ExecutionRoleArn, ModelName }: CreateModelInput,
  repositories: Repositories,
): void {
  if ((PrimaryContainer === undefined) === (Containers === undefined)) {
    throw validationException('Exactly one of PrimaryContainer and Containers must be provided.');
  }
  if (ExecutionRoleArn === undefined) {
    throw validationException(`ExecutionRoleArn must be provided to create model "${ModelName}".`);
  }
  for (const container of [...(Containers ?? []), ...(PrimaryContainer ? [PrimaryContainer] : [])]) {
    if (container.Image === undefined && container.ModelPackageName === undefined) {
      throw validationException('A container must have an Image or a ModelPackageName.');
    }
    if (container.Image !== undefined) checkImageRegion(repositories, container.Image);
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
}
