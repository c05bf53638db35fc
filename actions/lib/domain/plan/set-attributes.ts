// Which attributes and blocks are sets, by the schema of the AWS provider, for the types of terraform/modules and
// terraform/bootstrap that have some; set-attributes.terraform.test.ts compares the table with `terraform providers schema`.
// The JSON of a plan writes sets as arrays, in an order that means nothing.
const SETS: Readonly<Record<string, readonly string[]>> = {
  aws_appautoscaling_policy: [
    'step_scaling_policy_configuration.step_adjustment',
    'target_tracking_scaling_policy_configuration.customized_metric_specification.dimensions',
    'target_tracking_scaling_policy_configuration.customized_metric_specification.metrics',
    'target_tracking_scaling_policy_configuration.customized_metric_specification.metrics.metric_stat.metric.dimensions',
  ],
  aws_cloudwatch_event_target: [
    'ecs_target.capacity_provider_strategy',
    'ecs_target.network_configuration.security_groups',
    'ecs_target.network_configuration.subnets',
    'ecs_target.placement_constraint',
    'sagemaker_pipeline_target.pipeline_parameter_list',
  ],
  aws_cloudwatch_metric_alarm: ['alarm_actions', 'insufficient_data_actions', 'metric_query', 'ok_actions'],
  aws_default_security_group: ['egress', 'ingress'],
  aws_iam_openid_connect_provider: ['client_id_list'],
  aws_iam_role: ['inline_policy', 'managed_policy_arns'],
  aws_route_table: ['propagating_vgws', 'route'],
  aws_s3_bucket: [
    'grant',
    'grant.permissions',
    'lifecycle_rule.noncurrent_version_transition',
    'lifecycle_rule.transition',
    'replication_configuration.rules',
  ],
  aws_s3_bucket_lifecycle_configuration: ['rule.noncurrent_version_transition', 'rule.transition'],
  aws_s3_bucket_server_side_encryption_configuration: ['rule'],
  aws_sagemaker_endpoint: ['deployment_config.auto_rollback_configuration.alarms'],
  aws_sagemaker_endpoint_configuration: [
    'async_inference_config.output_config.notification_config.include_inference_response_in',
    'data_capture_config.capture_content_type_header.csv_content_types',
    'data_capture_config.capture_content_type_header.json_content_types',
  ],
  aws_sagemaker_model: ['vpc_config.security_group_ids', 'vpc_config.subnets'],
  aws_security_group: ['egress', 'ingress'],
  aws_vpc_endpoint: [
    'network_interface_ids',
    'route_table_ids',
    'security_group_ids',
    'subnet_configuration',
    'subnet_ids',
  ],
};

/** The paths of a resource type that are sets, without indexes, such as `rule.transition`; none where that is not known. */
export function setAttributes(type: string): readonly string[] {
  return Object.hasOwn(SETS, type) ? (SETS[type] ?? []) : [];
}
