// Generated from the official API model of ECR by api-models/generate.ts. Do not edit.

export interface AuthorizationData {
  authorizationToken?: string | undefined;
  expiresAt?: Date | undefined;
  proxyEndpoint?: string | undefined;
}

export interface BatchCheckLayerAvailabilityRequest {
  registryId?: string | undefined;
  repositoryName: string;
  layerDigests: readonly string[];
}

export interface BatchCheckLayerAvailabilityResponse {
  layers?: readonly Layer[] | undefined;
  failures?: readonly LayerFailure[] | undefined;
}

export interface BatchDeleteImageRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageIds: readonly ImageIdentifier[];
}

export interface BatchDeleteImageResponse {
  imageIds?: readonly ImageIdentifier[] | undefined;
  failures?: readonly ImageFailure[] | undefined;
}

export interface BatchGetImageRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageIds: readonly ImageIdentifier[];
  acceptedMediaTypes?: readonly string[] | undefined;
}

export interface BatchGetImageResponse {
  images?: readonly Image[] | undefined;
  failures?: readonly ImageFailure[] | undefined;
}

export interface CreateRepositoryRequest {
  registryId?: string | undefined;
  repositoryName: string;
  tags?: readonly Tag[] | undefined;
  imageTagMutability?: 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION' | undefined;
  imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  imageScanningConfiguration?: ImageScanningConfiguration | undefined;
  encryptionConfiguration?: EncryptionConfiguration | undefined;
}

export interface CreateRepositoryResponse {
  repository?: Repository | undefined;
}

export interface DeleteLifecyclePolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
}

export interface DeleteLifecyclePolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  lifecyclePolicyText?: string | undefined;
  lastEvaluatedAt?: Date | undefined;
}

export interface DeleteRepositoryPolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
}

export interface DeleteRepositoryPolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  policyText?: string | undefined;
}

export interface DeleteRepositoryRequest {
  registryId?: string | undefined;
  repositoryName: string;
  force?: boolean | undefined;
}

export interface DeleteRepositoryResponse {
  repository?: Repository | undefined;
}

export interface DescribeImagesFilter {
  tagStatus?: 'TAGGED' | 'UNTAGGED' | 'ANY' | undefined;
  imageStatus?: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY' | undefined;
}

export interface DescribeImagesRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageIds?: readonly ImageIdentifier[] | undefined;
  nextToken?: string | undefined;
  maxResults?: number | undefined;
  filter?: DescribeImagesFilter | undefined;
}

export interface DescribeImagesResponse {
  imageDetails?: readonly ImageDetail[] | undefined;
  nextToken?: string | undefined;
}

export interface DescribeRepositoriesRequest {
  registryId?: string | undefined;
  repositoryNames?: readonly string[] | undefined;
  nextToken?: string | undefined;
  maxResults?: number | undefined;
}

export interface DescribeRepositoriesResponse {
  repositories?: readonly Repository[] | undefined;
  nextToken?: string | undefined;
}

export interface EncryptionConfiguration {
  encryptionType: 'AES256' | 'KMS' | 'KMS_DSSE';
  kmsKey?: string | undefined;
}

export interface GetAuthorizationTokenRequest {
  registryIds?: readonly string[] | undefined;
}

export interface GetAuthorizationTokenResponse {
  authorizationData?: readonly AuthorizationData[] | undefined;
}

export interface GetLifecyclePolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
}

export interface GetLifecyclePolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  lifecyclePolicyText?: string | undefined;
  lastEvaluatedAt?: Date | undefined;
}

export interface GetRepositoryPolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
}

export interface GetRepositoryPolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  policyText?: string | undefined;
}

export interface Image {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  imageId?: ImageIdentifier | undefined;
  imageManifest?: string | undefined;
  imageManifestMediaType?: string | undefined;
}

export interface ImageDetail {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  imageDigest?: string | undefined;
  imageTags?: readonly string[] | undefined;
  imageSizeInBytes?: number | undefined;
  imagePushedAt?: Date | undefined;
  imageScanStatus?: ImageScanStatus | undefined;
  imageScanFindingsSummary?: ImageScanFindingsSummary | undefined;
  imageManifestMediaType?: string | undefined;
  artifactMediaType?: string | undefined;
  lastRecordedPullTime?: Date | undefined;
  subjectManifestDigest?: string | undefined;
  imageStatus?: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | undefined;
  lastArchivedAt?: Date | undefined;
  lastActivatedAt?: Date | undefined;
}

export interface ImageFailure {
  imageId?: ImageIdentifier | undefined;
  failureCode?:
    | 'InvalidImageDigest'
    | 'InvalidImageTag'
    | 'ImageTagDoesNotMatchDigest'
    | 'ImageNotFound'
    | 'MissingDigestAndTag'
    | 'ImageReferencedByManifestList'
    | 'KmsError'
    | 'UpstreamAccessDenied'
    | 'UpstreamTooManyRequests'
    | 'UpstreamUnavailable'
    | 'ImageInaccessible'
    | undefined;
  failureReason?: string | undefined;
}

export interface ImageIdentifier {
  imageDigest?: string | undefined;
  imageTag?: string | undefined;
}

export interface ImageScanFindingsSummary {
  imageScanCompletedAt?: Date | undefined;
  vulnerabilitySourceUpdatedAt?: Date | undefined;
  findingSeverityCounts?: Readonly<Record<string, number>> | undefined;
}

export interface ImageScanStatus {
  status?:
    | 'IN_PROGRESS'
    | 'COMPLETE'
    | 'FAILED'
    | 'UNSUPPORTED_IMAGE'
    | 'ACTIVE'
    | 'PENDING'
    | 'SCAN_ELIGIBILITY_EXPIRED'
    | 'FINDINGS_UNAVAILABLE'
    | 'LIMIT_EXCEEDED'
    | 'IMAGE_ARCHIVED'
    | undefined;
  description?: string | undefined;
}

export interface ImageScanningConfiguration {
  scanOnPush?: boolean | undefined;
}

export interface ImageTagMutabilityExclusionFilter {
  filterType: 'WILDCARD';
  filter: string;
}

export interface Layer {
  layerDigest?: string | undefined;
  layerAvailability?: 'AVAILABLE' | 'UNAVAILABLE' | 'ARCHIVED' | undefined;
  layerSize?: number | undefined;
  mediaType?: string | undefined;
}

export interface LayerFailure {
  layerDigest?: string | undefined;
  failureCode?: 'InvalidLayerDigest' | 'MissingLayerDigest' | undefined;
  failureReason?: string | undefined;
}

export interface ListImagesFilter {
  tagStatus?: 'TAGGED' | 'UNTAGGED' | 'ANY' | undefined;
  imageStatus?: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY' | undefined;
}

export interface ListImagesRequest {
  registryId?: string | undefined;
  repositoryName: string;
  nextToken?: string | undefined;
  maxResults?: number | undefined;
  filter?: ListImagesFilter | undefined;
}

export interface ListImagesResponse {
  imageIds?: readonly ImageIdentifier[] | undefined;
  nextToken?: string | undefined;
}

export interface ListTagsForResourceRequest {
  resourceArn: string;
}

export interface ListTagsForResourceResponse {
  tags?: readonly Tag[] | undefined;
}

export interface PutImageRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageManifest: string;
  imageManifestMediaType?: string | undefined;
  imageTag?: string | undefined;
  imageDigest?: string | undefined;
}

export interface PutImageResponse {
  image?: Image | undefined;
}

export interface PutImageScanningConfigurationRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageScanningConfiguration: ImageScanningConfiguration;
}

export interface PutImageScanningConfigurationResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  imageScanningConfiguration?: ImageScanningConfiguration | undefined;
}

export interface PutImageTagMutabilityRequest {
  registryId?: string | undefined;
  repositoryName: string;
  imageTagMutability: 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION';
  imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
}

export interface PutImageTagMutabilityResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  imageTagMutability?: 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION' | undefined;
  imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
}

export interface PutLifecyclePolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
  lifecyclePolicyText: string;
}

export interface PutLifecyclePolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  lifecyclePolicyText?: string | undefined;
}

export interface Repository {
  repositoryArn?: string | undefined;
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  repositoryUri?: string | undefined;
  createdAt?: Date | undefined;
  imageTagMutability?: 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION' | undefined;
  imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  imageScanningConfiguration?: ImageScanningConfiguration | undefined;
  encryptionConfiguration?: EncryptionConfiguration | undefined;
}

export interface SetRepositoryPolicyRequest {
  registryId?: string | undefined;
  repositoryName: string;
  policyText: string;
  force?: boolean | undefined;
}

export interface SetRepositoryPolicyResponse {
  registryId?: string | undefined;
  repositoryName?: string | undefined;
  policyText?: string | undefined;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TagResourceRequest {
  resourceArn: string;
  tags: readonly Tag[];
}

export type TagResourceResponse = Record<string, never>;

export interface UntagResourceRequest {
  resourceArn: string;
  tagKeys: readonly string[];
}

export type UntagResourceResponse = Record<string, never>;

export interface Operations {
  BatchCheckLayerAvailability: {
    input: BatchCheckLayerAvailabilityRequest;
    output: BatchCheckLayerAvailabilityResponse;
  };
  BatchDeleteImage: { input: BatchDeleteImageRequest; output: BatchDeleteImageResponse };
  BatchGetImage: { input: BatchGetImageRequest; output: BatchGetImageResponse };
  CreateRepository: { input: CreateRepositoryRequest; output: CreateRepositoryResponse };
  DeleteLifecyclePolicy: { input: DeleteLifecyclePolicyRequest; output: DeleteLifecyclePolicyResponse };
  DeleteRepository: { input: DeleteRepositoryRequest; output: DeleteRepositoryResponse };
  DeleteRepositoryPolicy: { input: DeleteRepositoryPolicyRequest; output: DeleteRepositoryPolicyResponse };
  DescribeImages: { input: DescribeImagesRequest; output: DescribeImagesResponse };
  DescribeRepositories: { input: DescribeRepositoriesRequest; output: DescribeRepositoriesResponse };
  GetAuthorizationToken: { input: GetAuthorizationTokenRequest; output: GetAuthorizationTokenResponse };
  GetLifecyclePolicy: { input: GetLifecyclePolicyRequest; output: GetLifecyclePolicyResponse };
  GetRepositoryPolicy: { input: GetRepositoryPolicyRequest; output: GetRepositoryPolicyResponse };
  ListImages: { input: ListImagesRequest; output: ListImagesResponse };
  ListTagsForResource: { input: ListTagsForResourceRequest; output: ListTagsForResourceResponse };
  PutImage: { input: PutImageRequest; output: PutImageResponse };
  PutImageScanningConfiguration: {
    input: PutImageScanningConfigurationRequest;
    output: PutImageScanningConfigurationResponse;
  };
  PutImageTagMutability: { input: PutImageTagMutabilityRequest; output: PutImageTagMutabilityResponse };
  PutLifecyclePolicy: { input: PutLifecyclePolicyRequest; output: PutLifecyclePolicyResponse };
  SetRepositoryPolicy: { input: SetRepositoryPolicyRequest; output: SetRepositoryPolicyResponse };
  TagResource: { input: TagResourceRequest; output: TagResourceResponse };
  UntagResource: { input: UntagResourceRequest; output: UntagResourceResponse };
}
