import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/ecr.types.ts';
import type { RegistryTokens } from './tokens.ts';
import { mergeTags } from '../wire/tags.ts';
import { AwsError } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import { imageHandlers } from './images.ts';
import { policyHandlers, TAG_ERRORS } from './policies.ts';
import { addRepository, listRepositories, requireRepository, type Repositories } from './repository.ts';

/** Every ECR operation that the local AWS serves. */
export function ecrHandlers(repositories: Repositories, tokens: RegistryTokens): Handlers<Operations> {
  const registryId = repositories.place.accountId;
  return {
    ...imageHandlers(repositories),
    ...policyHandlers(repositories),
    GetAuthorizationToken() {
      const { authorizationToken, expiresAt } = tokens.issue(repositories.place);
      return {
        authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `http://${repositories.host()}` }],
      };
    },
    CreateRepository({ repositoryName, tags = [], ...input }) {
      const settings = { ...input, registryId };
      return {
        repository: addRepository(repositories, repositoryName, settings, mergeTags([], tags, TAG_ERRORS)).description,
      };
    },
    DescribeRepositories({ repositoryNames, maxResults, nextToken }) {
      if (repositoryNames !== undefined) {
        return { repositories: repositoryNames.map((name) => requireRepository(repositories, name).description) };
      }
      const page = paginate(listRepositories(repositories), maxResults ?? 100, nextToken);
      return { repositories: page.items.map(({ description }) => description), nextToken: page.nextToken };
    },
    DeleteRepository({ repositoryName, force }) {
      const repository = requireRepository(repositories, repositoryName);
      if (repository.manifests.size > 0 && force !== true) {
        throw new AwsError(
          'RepositoryNotEmptyException',
          `The repository with name '${repositoryName}' in registry with id '${registryId}' cannot be deleted because it still contains images`,
        );
      }
      repositories.all.delete(repository.name);
      return { repository: repository.description };
    },
    PutImageTagMutability({ repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters }) {
      const repository = requireRepository(repositories, repositoryName);
      repository.description = { ...repository.description, imageTagMutability, imageTagMutabilityExclusionFilters };
      return { registryId, repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters };
    },
    PutImageScanningConfiguration({ repositoryName, imageScanningConfiguration }) {
      const repository = requireRepository(repositories, repositoryName);
      repository.description = { ...repository.description, imageScanningConfiguration };
      return { registryId, repositoryName, imageScanningConfiguration };
    },
  };
}
