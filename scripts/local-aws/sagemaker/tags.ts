import { mergeTags } from '../ecr/policies.ts';
import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/sagemaker.types.ts';
import { validationException } from '../wire/aws-error.ts';
import type { SageMakerState } from './state.ts';

/** A SageMaker resource holds at most 50 tags (AddTags API reference). */
const MAXIMUM_TAGS = 50;

/** The SageMaker operations on tags of models, endpoint configs and endpoints. */
export function tagHandlers(state: SageMakerState): Pick<Handlers<Operations>, 'AddTags' | 'DeleteTags' | 'ListTags'> {
  return {
    AddTags({ ResourceArn, Tags }) {
      requireResource(state, ResourceArn);
      const merged = mergeTags(state.tags.get(ResourceArn) ?? [], Tags);
      if (merged.length > MAXIMUM_TAGS)
        throw validationException(`${ResourceArn} cannot have over ${MAXIMUM_TAGS} tags.`);
      state.tags.set(ResourceArn, merged);
      return { Tags: merged };
    },
    ListTags({ ResourceArn }) {
      requireResource(state, ResourceArn);
      return { Tags: state.tags.get(ResourceArn) ?? [] };
    },
    DeleteTags({ ResourceArn, TagKeys }) {
      requireResource(state, ResourceArn);
      const kept = (state.tags.get(ResourceArn) ?? []).filter(({ Key }) => !TagKeys.includes(Key));
      state.tags.set(ResourceArn, kept);
      return {};
    },
  };
}

function requireResource(state: SageMakerState, arn: string): void {
  const name = arn.slice(arn.indexOf('/') + 1).toLowerCase();
  const kind = arn.split(':')[5]?.split('/')[0] ?? '';
  const collections = { model: state.models, 'endpoint-config': state.endpointConfigs, endpoint: state.endpoints };
  const collection = Object.entries(collections).find(([candidate]) => candidate === kind)?.[1];
  if (collection?.has(name) !== true) throw validationException(`Could not find resource "${arn}".`);
}
