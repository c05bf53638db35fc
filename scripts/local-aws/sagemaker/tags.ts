import { mergeTags } from '../wire/tags.ts';
import type { Handlers } from '../core/service.ts';
import type { Operations, Tag } from '../api-models/sagemaker.types.ts';
import { sagemakerArn } from '../core/place.ts';
import { validationException } from '../wire/aws-error.ts';
import { keyOf, type SageMakerState } from './state.ts';

const TAG_ERRORS = { invalid: 'ValidationException', tooMany: 'ValidationException' } as const;

/** The tags of a new resource. @throws AwsError ValidationException for tags that SageMaker refuses. */
export const newTags = (tags: readonly Tag[] = []): readonly Tag[] => mergeTags([], tags, TAG_ERRORS);

/** The SageMaker operations on tags of models, endpoint configs and endpoints. */
export function tagHandlers(state: SageMakerState): Pick<Handlers<Operations>, 'AddTags' | 'DeleteTags' | 'ListTags'> {
  return {
    AddTags({ ResourceArn, Tags }) {
      const arn = requireResource(state, ResourceArn);
      const merged = mergeTags(state.tags.get(arn) ?? [], Tags, TAG_ERRORS);
      state.tags.set(arn, merged);
      return { Tags: merged };
    },
    ListTags({ ResourceArn }) {
      return { Tags: state.tags.get(requireResource(state, ResourceArn)) ?? [] };
    },
    DeleteTags({ ResourceArn, TagKeys }) {
      const arn = requireResource(state, ResourceArn);
      const kept = (state.tags.get(arn) ?? []).filter(({ Key }) => !TagKeys.includes(Key));
      state.tags.set(arn, kept);
      return {};
    },
  };
}

/** The ARN as the resource has it: names are in lower case there. */
function requireResource(state: SageMakerState, arn: string): string {
  const collections = { model: state.models, 'endpoint-config': state.endpointConfigs, endpoint: state.endpoints };
  const [kind = '', name = ''] = arn.split(':')[5]?.toLowerCase().split('/') ?? [];
  for (const known of ['model', 'endpoint-config', 'endpoint'] as const) {
    const own = sagemakerArn(state.place, known, name);
    if (kind === known && own === arn.toLowerCase() && collections[known].has(keyOf(name))) return own;
  }
  throw validationException(`Could not find resource "${arn}".`);
}
