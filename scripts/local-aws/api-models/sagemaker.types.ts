// Generated from the official API model of SageMaker by api-models/generate.ts. Do not edit.

export interface AddTagsInput {
  ResourceArn: string;
  Tags: readonly Tag[];
}

export interface AddTagsOutput {
  Tags?: readonly Tag[] | undefined;
}

export interface AdditionalModelDataSource {
  ChannelName: string;
  S3DataSource: S3ModelDataSource;
}

export interface Alarm {
  AlarmName?: string | undefined;
}

export interface AsyncInferenceClientConfig {
  MaxConcurrentInvocationsPerInstance?: number | undefined;
}

export interface AsyncInferenceConfig {
  ClientConfig?: AsyncInferenceClientConfig | undefined;
  OutputConfig: AsyncInferenceOutputConfig;
}

export interface AsyncInferenceNotificationConfig {
  SuccessTopic?: string | undefined;
  ErrorTopic?: string | undefined;
  IncludeInferenceResponseIn?: readonly ('SUCCESS_NOTIFICATION_TOPIC' | 'ERROR_NOTIFICATION_TOPIC')[] | undefined;
}

export interface AsyncInferenceOutputConfig {
  KmsKeyId?: string | undefined;
  S3OutputPath?: string | undefined;
  NotificationConfig?: AsyncInferenceNotificationConfig | undefined;
  S3FailurePath?: string | undefined;
}

export interface AutoRollbackConfig {
  Alarms?: readonly Alarm[] | undefined;
}

export interface BlueGreenUpdatePolicy {
  TrafficRoutingConfiguration: TrafficRoutingConfig;
  TerminationWaitInSeconds?: number | undefined;
  MaximumExecutionTimeoutInSeconds?: number | undefined;
}

export interface CapacitySize {
  Type: 'INSTANCE_COUNT' | 'CAPACITY_PERCENT';
  Value: number;
}

export interface CaptureContentTypeHeader {
  CsvContentTypes?: readonly string[] | undefined;
  JsonContentTypes?: readonly string[] | undefined;
}

export interface CaptureOption {
  CaptureMode: 'Input' | 'Output' | 'InputAndOutput';
}

export interface ClarifyExplainerConfig {
  EnableExplanations?: string | undefined;
  InferenceConfig?: ClarifyInferenceConfig | undefined;
  ShapConfig: ClarifyShapConfig;
}

export interface ClarifyInferenceConfig {
  FeaturesAttribute?: string | undefined;
  ContentTemplate?: string | undefined;
  MaxRecordCount?: number | undefined;
  MaxPayloadInMB?: number | undefined;
  ProbabilityIndex?: number | undefined;
  LabelIndex?: number | undefined;
  ProbabilityAttribute?: string | undefined;
  LabelAttribute?: string | undefined;
  LabelHeaders?: readonly string[] | undefined;
  FeatureHeaders?: readonly string[] | undefined;
  FeatureTypes?: readonly ('numerical' | 'categorical' | 'text')[] | undefined;
}

export interface ClarifyShapBaselineConfig {
  MimeType?: string | undefined;
  ShapBaseline?: string | undefined;
  ShapBaselineUri?: string | undefined;
}

export interface ClarifyShapConfig {
  ShapBaselineConfig: ClarifyShapBaselineConfig;
  NumberOfSamples?: number | undefined;
  UseLogit?: boolean | undefined;
  Seed?: number | undefined;
  TextConfig?: ClarifyTextConfig | undefined;
}

export interface ClarifyTextConfig {
  Language: string;
  Granularity: 'token' | 'sentence' | 'paragraph';
}

export interface ContainerDefinition {
  ContainerHostname?: string | undefined;
  Image?: string | undefined;
  ImageConfig?: ImageConfig | undefined;
  Mode?: 'SingleModel' | 'MultiModel' | undefined;
  ModelDataUrl?: string | undefined;
  ModelDataSource?: ModelDataSource | undefined;
  AdditionalModelDataSources?: readonly AdditionalModelDataSource[] | undefined;
  Environment?: Readonly<Record<string, string>> | undefined;
  ModelPackageName?: string | undefined;
  InferenceSpecificationName?: string | undefined;
  MultiModelConfig?: MultiModelConfig | undefined;
}

export interface CreateEndpointConfigInput {
  EndpointConfigName: string;
  ProductionVariants: readonly ProductionVariant[];
  DataCaptureConfig?: DataCaptureConfig | undefined;
  Tags?: readonly Tag[] | undefined;
  KmsKeyId?: string | undefined;
  AsyncInferenceConfig?: AsyncInferenceConfig | undefined;
  ExplainerConfig?: ExplainerConfig | undefined;
  ShadowProductionVariants?: readonly ProductionVariant[] | undefined;
  ExecutionRoleArn?: string | undefined;
  VpcConfig?: VpcConfig | undefined;
  EnableNetworkIsolation?: boolean | undefined;
  MetricsConfig?: MetricsConfig | undefined;
}

export interface CreateEndpointConfigOutput {
  EndpointConfigArn: string;
}

export interface CreateEndpointInput {
  EndpointName: string;
  EndpointConfigName: string;
  DeploymentConfig?: DeploymentConfig | undefined;
  Tags?: readonly Tag[] | undefined;
}

export interface CreateEndpointOutput {
  EndpointArn: string;
}

export interface CreateModelInput {
  ModelName: string;
  PrimaryContainer?: ContainerDefinition | undefined;
  Containers?: readonly ContainerDefinition[] | undefined;
  InferenceExecutionConfig?: InferenceExecutionConfig | undefined;
  ExecutionRoleArn?: string | undefined;
  Tags?: readonly Tag[] | undefined;
  VpcConfig?: VpcConfig | undefined;
  EnableNetworkIsolation?: boolean | undefined;
}

export interface CreateModelOutput {
  ModelArn: string;
}

export interface DataCaptureConfig {
  EnableCapture?: boolean | undefined;
  InitialSamplingPercentage: number;
  DestinationS3Uri: string;
  KmsKeyId?: string | undefined;
  CaptureOptions: readonly CaptureOption[];
  CaptureContentTypeHeader?: CaptureContentTypeHeader | undefined;
}

export interface DataCaptureConfigSummary {
  EnableCapture: boolean;
  CaptureStatus: 'Started' | 'Stopped';
  CurrentSamplingPercentage: number;
  DestinationS3Uri: string;
  KmsKeyId: string;
}

export interface DeleteEndpointConfigInput {
  EndpointConfigName: string;
}

export interface DeleteEndpointInput {
  EndpointName: string;
}

export interface DeleteModelInput {
  ModelName: string;
}

export interface DeleteTagsInput {
  ResourceArn: string;
  TagKeys: readonly string[];
}

export type DeleteTagsOutput = Record<string, never>;

export interface DeployedImage {
  SpecifiedImage?: string | undefined;
  ResolvedImage?: string | undefined;
  ResolutionTime?: Date | undefined;
}

export interface DeploymentConfig {
  BlueGreenUpdatePolicy?: BlueGreenUpdatePolicy | undefined;
  RollingUpdatePolicy?: RollingUpdatePolicy | undefined;
  AutoRollbackConfiguration?: AutoRollbackConfig | undefined;
}

export interface DeploymentRecommendation {
  RecommendationStatus: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'NOT_APPLICABLE';
  RealTimeInferenceRecommendations?: readonly RealTimeInferenceRecommendation[] | undefined;
}

export interface DescribeEndpointConfigInput {
  EndpointConfigName: string;
}

export interface DescribeEndpointConfigOutput {
  EndpointConfigName: string;
  EndpointConfigArn: string;
  ProductionVariants: readonly ProductionVariant[];
  DataCaptureConfig?: DataCaptureConfig | undefined;
  KmsKeyId?: string | undefined;
  CreationTime: Date;
  AsyncInferenceConfig?: AsyncInferenceConfig | undefined;
  ExplainerConfig?: ExplainerConfig | undefined;
  ShadowProductionVariants?: readonly ProductionVariant[] | undefined;
  ExecutionRoleArn?: string | undefined;
  VpcConfig?: VpcConfig | undefined;
  EnableNetworkIsolation?: boolean | undefined;
  MetricsConfig?: MetricsConfig | undefined;
}

export interface DescribeEndpointInput {
  EndpointName: string;
}

export interface DescribeEndpointOutput {
  EndpointName: string;
  EndpointArn: string;
  EndpointConfigName?: string | undefined;
  ProductionVariants?: readonly ProductionVariantSummary[] | undefined;
  DataCaptureConfig?: DataCaptureConfigSummary | undefined;
  EndpointStatus:
    | 'OutOfService'
    | 'Creating'
    | 'Updating'
    | 'SystemUpdating'
    | 'RollingBack'
    | 'InService'
    | 'Deleting'
    | 'Failed'
    | 'UpdateRollbackFailed';
  FailureReason?: string | undefined;
  CreationTime: Date;
  LastModifiedTime: Date;
  LastDeploymentConfig?: DeploymentConfig | undefined;
  AsyncInferenceConfig?: AsyncInferenceConfig | undefined;
  PendingDeploymentSummary?: PendingDeploymentSummary | undefined;
  ExplainerConfig?: ExplainerConfig | undefined;
  ShadowProductionVariants?: readonly ProductionVariantSummary[] | undefined;
  MetricsConfig?: MetricsConfig | undefined;
}

export interface DescribeModelInput {
  ModelName: string;
}

export interface DescribeModelOutput {
  ModelName: string;
  PrimaryContainer?: ContainerDefinition | undefined;
  Containers?: readonly ContainerDefinition[] | undefined;
  InferenceExecutionConfig?: InferenceExecutionConfig | undefined;
  ExecutionRoleArn?: string | undefined;
  VpcConfig?: VpcConfig | undefined;
  CreationTime: Date;
  ModelArn: string;
  EnableNetworkIsolation?: boolean | undefined;
  DeploymentRecommendation?: DeploymentRecommendation | undefined;
}

export interface DesiredWeightAndCapacity {
  VariantName: string;
  DesiredWeight?: number | undefined;
  DesiredInstanceCount?: number | undefined;
  ServerlessUpdateConfig?: ProductionVariantServerlessUpdateConfig | undefined;
}

export interface Ec2CapacityReservation {
  Ec2CapacityReservationId?: string | undefined;
  TotalInstanceCount?: number | undefined;
  AvailableInstanceCount?: number | undefined;
  UsedByCurrentEndpoint?: number | undefined;
}

export interface EndpointConfigSummary {
  EndpointConfigName: string;
  EndpointConfigArn: string;
  CreationTime: Date;
}

export interface EndpointSummary {
  EndpointName: string;
  EndpointArn: string;
  CreationTime: Date;
  LastModifiedTime: Date;
  EndpointStatus:
    | 'OutOfService'
    | 'Creating'
    | 'Updating'
    | 'SystemUpdating'
    | 'RollingBack'
    | 'InService'
    | 'Deleting'
    | 'Failed'
    | 'UpdateRollbackFailed';
}

export interface ExplainerConfig {
  ClarifyExplainerConfig?: ClarifyExplainerConfig | undefined;
}

export interface ImageConfig {
  RepositoryAccessMode: 'Platform' | 'Vpc';
  RepositoryAuthConfig?: RepositoryAuthConfig | undefined;
}

export interface InferenceExecutionConfig {
  Mode: 'Serial' | 'Direct';
}

export interface InferenceHubAccessConfig {
  HubContentArn: string;
}

export interface InstancePool {
  InstanceType: string;
  ModelNameOverride?: string | undefined;
  Priority: number;
}

export interface InstancePoolSummary {
  InstanceType: string;
  CurrentInstanceCount: number;
}

export interface ListEndpointConfigsInput {
  SortBy?: 'Name' | 'CreationTime' | undefined;
  SortOrder?: 'Ascending' | 'Descending' | undefined;
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
  NameContains?: string | undefined;
  CreationTimeBefore?: Date | undefined;
  CreationTimeAfter?: Date | undefined;
}

export interface ListEndpointConfigsOutput {
  EndpointConfigs: readonly EndpointConfigSummary[];
  NextToken?: string | undefined;
}

export interface ListEndpointsInput {
  SortBy?: 'Name' | 'CreationTime' | 'Status' | undefined;
  SortOrder?: 'Ascending' | 'Descending' | undefined;
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
  NameContains?: string | undefined;
  CreationTimeBefore?: Date | undefined;
  CreationTimeAfter?: Date | undefined;
  LastModifiedTimeBefore?: Date | undefined;
  LastModifiedTimeAfter?: Date | undefined;
  StatusEquals?:
    | 'OutOfService'
    | 'Creating'
    | 'Updating'
    | 'SystemUpdating'
    | 'RollingBack'
    | 'InService'
    | 'Deleting'
    | 'Failed'
    | 'UpdateRollbackFailed'
    | undefined;
}

export interface ListEndpointsOutput {
  Endpoints: readonly EndpointSummary[];
  NextToken?: string | undefined;
}

export interface ListModelsInput {
  SortBy?: 'Name' | 'CreationTime' | undefined;
  SortOrder?: 'Ascending' | 'Descending' | undefined;
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
  NameContains?: string | undefined;
  CreationTimeBefore?: Date | undefined;
  CreationTimeAfter?: Date | undefined;
}

export interface ListModelsOutput {
  Models: readonly ModelSummary[];
  NextToken?: string | undefined;
}

export interface ListTagsInput {
  ResourceArn: string;
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
}

export interface ListTagsOutput {
  Tags?: readonly Tag[] | undefined;
  NextToken?: string | undefined;
}

export interface MetricsConfig {
  EnableEnhancedMetrics?: boolean | undefined;
  MetricPublishFrequencyInSeconds?: number | undefined;
}

export interface ModelAccessConfig {
  AcceptEula: boolean;
}

export interface ModelDataSource {
  S3DataSource?: S3ModelDataSource | undefined;
}

export interface ModelSummary {
  ModelName: string;
  ModelArn: string;
  CreationTime: Date;
}

export interface MultiModelConfig {
  ModelCacheSetting?: 'Enabled' | 'Disabled' | undefined;
}

export interface PendingDeploymentSummary {
  EndpointConfigName: string;
  ProductionVariants?: readonly PendingProductionVariantSummary[] | undefined;
  StartTime?: Date | undefined;
  ShadowProductionVariants?: readonly PendingProductionVariantSummary[] | undefined;
}

export interface PendingProductionVariantSummary {
  VariantName: string;
  DeployedImages?: readonly DeployedImage[] | undefined;
  CurrentWeight?: number | undefined;
  DesiredWeight?: number | undefined;
  CurrentInstanceCount?: number | undefined;
  DesiredInstanceCount?: number | undefined;
  InstanceType?: string | undefined;
  InstancePools?: readonly InstancePoolSummary[] | undefined;
  AcceleratorType?:
    | 'ml.eia1.medium'
    | 'ml.eia1.large'
    | 'ml.eia1.xlarge'
    | 'ml.eia2.medium'
    | 'ml.eia2.large'
    | 'ml.eia2.xlarge'
    | undefined;
  VariantStatus?: readonly ProductionVariantStatus[] | undefined;
  CurrentServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  DesiredServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  ManagedInstanceScaling?: ProductionVariantManagedInstanceScaling | undefined;
  RoutingConfig?: ProductionVariantRoutingConfig | undefined;
}

export interface ProductionVariant {
  VariantName: string;
  ModelName?: string | undefined;
  InitialInstanceCount?: number | undefined;
  InstanceType?: string | undefined;
  InstancePools?: readonly InstancePool[] | undefined;
  VariantInstanceProvisionTimeoutInSeconds?: number | undefined;
  InitialVariantWeight?: number | undefined;
  AcceleratorType?:
    | 'ml.eia1.medium'
    | 'ml.eia1.large'
    | 'ml.eia1.xlarge'
    | 'ml.eia2.medium'
    | 'ml.eia2.large'
    | 'ml.eia2.xlarge'
    | undefined;
  CoreDumpConfig?: ProductionVariantCoreDumpConfig | undefined;
  ServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  VolumeSizeInGB?: number | undefined;
  ModelDataDownloadTimeoutInSeconds?: number | undefined;
  ContainerStartupHealthCheckTimeoutInSeconds?: number | undefined;
  EnableSSMAccess?: boolean | undefined;
  ManagedInstanceScaling?: ProductionVariantManagedInstanceScaling | undefined;
  RoutingConfig?: ProductionVariantRoutingConfig | undefined;
  InferenceAmiVersion?:
    | 'al2-ami-sagemaker-inference-gpu-2'
    | 'al2-ami-sagemaker-inference-gpu-2-1'
    | 'al2-ami-sagemaker-inference-gpu-3-1'
    | 'al2-ami-sagemaker-inference-neuron-2'
    | 'al2023-ami-sagemaker-inference-gpu-4-1'
    | undefined;
  CapacityReservationConfig?: ProductionVariantCapacityReservationConfig | undefined;
}

export interface ProductionVariantCapacityReservationConfig {
  CapacityReservationPreference?: 'capacity-reservations-only' | undefined;
  MlReservationArn?: string | undefined;
}

export interface ProductionVariantCapacityReservationSummary {
  MlReservationArn?: string | undefined;
  CapacityReservationPreference?: 'capacity-reservations-only' | undefined;
  TotalInstanceCount?: number | undefined;
  AvailableInstanceCount?: number | undefined;
  UsedByCurrentEndpoint?: number | undefined;
  Ec2CapacityReservations?: readonly Ec2CapacityReservation[] | undefined;
}

export interface ProductionVariantCoreDumpConfig {
  DestinationS3Uri: string;
  KmsKeyId?: string | undefined;
}

export interface ProductionVariantManagedInstanceScaling {
  Status?: 'ENABLED' | 'DISABLED' | undefined;
  MinInstanceCount?: number | undefined;
  MaxInstanceCount?: number | undefined;
  ScaleInPolicy?: ProductionVariantManagedInstanceScalingScaleInPolicy | undefined;
}

export interface ProductionVariantManagedInstanceScalingScaleInPolicy {
  Strategy: 'IDLE_RELEASE' | 'CONSOLIDATION';
  MaximumStepSize?: number | undefined;
  CooldownInMinutes?: number | undefined;
}

export interface ProductionVariantRoutingConfig {
  RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' | 'RANDOM';
}

export interface ProductionVariantServerlessConfig {
  MemorySizeInMB: number;
  MaxConcurrency: number;
  ProvisionedConcurrency?: number | undefined;
}

export interface ProductionVariantServerlessUpdateConfig {
  MaxConcurrency?: number | undefined;
  ProvisionedConcurrency?: number | undefined;
}

export interface ProductionVariantStatus {
  Status: 'Creating' | 'Updating' | 'Deleting' | 'ActivatingTraffic' | 'Baking';
  StatusMessage?: string | undefined;
  StartTime?: Date | undefined;
}

export interface ProductionVariantSummary {
  VariantName: string;
  DeployedImages?: readonly DeployedImage[] | undefined;
  CurrentWeight?: number | undefined;
  DesiredWeight?: number | undefined;
  CurrentInstanceCount?: number | undefined;
  DesiredInstanceCount?: number | undefined;
  InstancePools?: readonly InstancePoolSummary[] | undefined;
  VariantStatus?: readonly ProductionVariantStatus[] | undefined;
  CurrentServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  DesiredServerlessConfig?: ProductionVariantServerlessConfig | undefined;
  ManagedInstanceScaling?: ProductionVariantManagedInstanceScaling | undefined;
  RoutingConfig?: ProductionVariantRoutingConfig | undefined;
  CapacityReservationConfig?: ProductionVariantCapacityReservationSummary | undefined;
}

export interface RealTimeInferenceRecommendation {
  RecommendationId: string;
  InstanceType: string;
  Environment?: Readonly<Record<string, string>> | undefined;
}

export interface RepositoryAuthConfig {
  RepositoryCredentialsProviderArn: string;
}

export interface RollingUpdatePolicy {
  MaximumBatchSize: CapacitySize;
  WaitIntervalInSeconds: number;
  MaximumExecutionTimeoutInSeconds?: number | undefined;
  RollbackMaximumBatchSize?: CapacitySize | undefined;
}

export interface S3ModelDataSource {
  S3Uri: string;
  S3DataType: 'S3Prefix' | 'S3Object';
  CompressionType: 'None' | 'Gzip';
  ModelAccessConfig?: ModelAccessConfig | undefined;
  HubAccessConfig?: InferenceHubAccessConfig | undefined;
  ManifestS3Uri?: string | undefined;
  ETag?: string | undefined;
  ManifestEtag?: string | undefined;
}

export interface Tag {
  Key: string;
  Value: string;
}

export interface TrafficRoutingConfig {
  Type: 'ALL_AT_ONCE' | 'CANARY' | 'LINEAR';
  WaitIntervalInSeconds: number;
  CanarySize?: CapacitySize | undefined;
  LinearStepSize?: CapacitySize | undefined;
}

export interface UpdateEndpointInput {
  EndpointName: string;
  EndpointConfigName: string;
  RetainAllVariantProperties?: boolean | undefined;
  ExcludeRetainedVariantProperties?: readonly VariantProperty[] | undefined;
  DeploymentConfig?: DeploymentConfig | undefined;
  RetainDeploymentConfig?: boolean | undefined;
}

export interface UpdateEndpointOutput {
  EndpointArn: string;
}

export interface UpdateEndpointWeightsAndCapacitiesInput {
  EndpointName: string;
  DesiredWeightsAndCapacities: readonly DesiredWeightAndCapacity[];
}

export interface UpdateEndpointWeightsAndCapacitiesOutput {
  EndpointArn: string;
}

export interface VariantProperty {
  VariantPropertyType: 'DesiredInstanceCount' | 'DesiredWeight' | 'DataCaptureConfig';
}

export interface VpcConfig {
  SecurityGroupIds: readonly string[];
  Subnets: readonly string[];
}

export interface Operations {
  AddTags: { input: AddTagsInput; output: AddTagsOutput };
  CreateEndpoint: { input: CreateEndpointInput; output: CreateEndpointOutput };
  CreateEndpointConfig: { input: CreateEndpointConfigInput; output: CreateEndpointConfigOutput };
  CreateModel: { input: CreateModelInput; output: CreateModelOutput };
  DeleteEndpoint: { input: DeleteEndpointInput; output: Record<string, never> };
  DeleteEndpointConfig: { input: DeleteEndpointConfigInput; output: Record<string, never> };
  DeleteModel: { input: DeleteModelInput; output: Record<string, never> };
  DeleteTags: { input: DeleteTagsInput; output: DeleteTagsOutput };
  DescribeEndpoint: { input: DescribeEndpointInput; output: DescribeEndpointOutput };
  DescribeEndpointConfig: { input: DescribeEndpointConfigInput; output: DescribeEndpointConfigOutput };
  DescribeModel: { input: DescribeModelInput; output: DescribeModelOutput };
  ListEndpointConfigs: { input: ListEndpointConfigsInput; output: ListEndpointConfigsOutput };
  ListEndpoints: { input: ListEndpointsInput; output: ListEndpointsOutput };
  ListModels: { input: ListModelsInput; output: ListModelsOutput };
  ListTags: { input: ListTagsInput; output: ListTagsOutput };
  UpdateEndpoint: { input: UpdateEndpointInput; output: UpdateEndpointOutput };
  UpdateEndpointWeightsAndCapacities: {
    input: UpdateEndpointWeightsAndCapacitiesInput;
    output: UpdateEndpointWeightsAndCapacitiesOutput;
  };
}
