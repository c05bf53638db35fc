import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/ecr.types.ts';
import { repositoryArn } from '../core/place.ts';
import { mergeTags } from '../wire/tags.ts';
import { AwsError } from '../wire/aws-error.ts';
import { requireRepository, type Repositories, type Repository } from './repository.ts';

type PolicyOperation =
  | 'DeleteLifecyclePolicy'
  | 'DeleteRepositoryPolicy'
  | 'GetLifecyclePolicy'
  | 'GetRepositoryPolicy'
  | 'ListTagsForResource'
  | 'PutLifecyclePolicy'
  | 'SetRepositoryPolicy'
  | 'TagResource'
  | 'UntagResource';

/** The ECR operations on resource policies, lifecycle policies (stored, never run) and tags of repositories. */
export function policyHandlers(repositories: Repositories): Pick<Handlers<Operations>, PolicyOperation> {
  const registryId = repositories.place.accountId;
  const identity = ({ name }: Repository) => ({ registryId, repositoryName: name });
  const missing = (kind: 'Repository' | 'Lifecycle', { name }: Repository) =>
    new AwsError(
      `${kind}PolicyNotFoundException`,
      `${kind} policy does not exist for the repository with name '${name}' in the registry with id '${registryId}'`,
    );
  const byArn = (arn: string) => {
    const name = arn.slice(arn.indexOf('/') + 1);
    if (arn !== repositoryArn(repositories.place, name)) {
      throw new AwsError(
        'InvalidParameterException',
        `Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'`,
      );
    }
    return requireRepository(repositories, name);
  };
  return {
    GetRepositoryPolicy({ repositoryName }) {
      const repository = requireRepository(repositories, repositoryName);
      if (repository.policyText === undefined) throw missing('Repository', repository);
      return { ...identity(repository), policyText: repository.policyText };
    },
    SetRepositoryPolicy({ repositoryName, policyText }) {
      const repository = requireRepository(repositories, repositoryName);
      repository.policyText = requireJson('PolicyText', policyText);
      return { ...identity(repository), policyText };
    },
    DeleteRepositoryPolicy({ repositoryName }) {
      const repository = requireRepository(repositories, repositoryName);
      const policyText = repository.policyText;
      if (policyText === undefined) throw missing('Repository', repository);
      delete repository.policyText;
      return { ...identity(repository), policyText };
    },
    GetLifecyclePolicy({ repositoryName }) {
      const repository = requireRepository(repositories, repositoryName);
      if (repository.lifecyclePolicyText === undefined) throw missing('Lifecycle', repository);
      return { ...identity(repository), lifecyclePolicyText: repository.lifecyclePolicyText };
    },
    PutLifecyclePolicy({ repositoryName, lifecyclePolicyText }) {
      const repository = requireRepository(repositories, repositoryName);
      repository.lifecyclePolicyText = requireJson('LifecyclePolicyText', lifecyclePolicyText);
      return { ...identity(repository), lifecyclePolicyText };
    },
    DeleteLifecyclePolicy({ repositoryName }) {
      const repository = requireRepository(repositories, repositoryName);
      const lifecyclePolicyText = repository.lifecyclePolicyText;
      if (lifecyclePolicyText === undefined) throw missing('Lifecycle', repository);
      delete repository.lifecyclePolicyText;
      return { ...identity(repository), lifecyclePolicyText };
    },
    ListTagsForResource: ({ resourceArn }) => ({ tags: byArn(resourceArn).resourceTags }),
    TagResource({ resourceArn, tags }) {
      const repository = byArn(resourceArn);
      repository.resourceTags = mergeTags(repository.resourceTags, tags, TAG_ERRORS);
      return {};
    },
    UntagResource({ resourceArn, tagKeys }) {
      const repository = byArn(resourceArn);
      repository.resourceTags = repository.resourceTags.filter(({ Key }) => !tagKeys.includes(Key));
      return {};
    },
  };
}

/** The error codes of ECR for tags that it refuses. */
export const TAG_ERRORS = { invalid: 'InvalidTagParameterException', tooMany: 'TooManyTagsException' } as const;

function requireJson(parameter: string, text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) throw new Error('no document');
    return text;
  } catch (error) {
    throw new AwsError(
      'InvalidParameterException',
      `Invalid parameter at '${parameter}' failed to satisfy constraint: 'Invalid JSON: ${error instanceof Error ? error.message : 'unreadable'}'`,
    );
  }
}
