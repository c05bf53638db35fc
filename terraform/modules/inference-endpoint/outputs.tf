output "contract" {
  description = "What the actions may rely on: names, and per release the model, endpoint config and alarms."
  value = {
    endpointName     = local.endpoint_name
    variantName      = local.variant_name
    executionRoleArn = coalesce(var.execution_role_arn, aws_iam_role.execution.arn)
    releases = {
      for id, name in local.release_names : id => {
        modelName          = aws_sagemaker_model.release[id].name
        endpointConfigName = aws_sagemaker_endpoint_configuration.release[id].name
        rollbackAlarms = sort(concat(
          [for key, alarm in aws_cloudwatch_metric_alarm.server_errors : alarm.alarm_name if key == id],
          [for key, alarm in aws_cloudwatch_metric_alarm.client_errors : alarm.alarm_name if key == id],
          [for key, alarm in aws_cloudwatch_metric_alarm.latency_p99 : alarm.alarm_name if key == id],
          [aws_cloudwatch_metric_alarm.abort[id].alarm_name],
        ))
      }
    }
  }
}
