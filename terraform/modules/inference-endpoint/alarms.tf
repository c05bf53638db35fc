locals {
  # EndpointName and VariantName alone would mix blue and green; with EndpointConfigName an alarm watches one fleet, so
  # that errors of blue can't stop green's swap.
  alarm_dimensions = {
    for id, name in local.release_names : id => {
      EndpointName       = local.endpoint_name
      EndpointConfigName = name
      VariantName        = local.variant_name
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "server_errors" {
  for_each = var.alarms.serverErrors == null ? {} : local.release_names

  alarm_name          = "${each.value}-5xx"
  alarm_description   = "Release ${each.key} of ${local.endpoint_name} answers with 5XX. During a swap this rolls it back."
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocation5XXErrors"
  dimensions          = local.alarm_dimensions[each.key]
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarms.serverErrors.threshold
  period              = var.alarms.serverErrors.periodSeconds
  evaluation_periods  = var.alarms.serverErrors.evaluationPeriods
  datapoints_to_alarm = var.alarms.serverErrors.datapointsToAlarm
  # Protects callers from a release that breaks: five 5XX in a minute, in two minutes of three, undo it. A fleet that takes
  # 9,000 requests a minute and fails one in 10,000 by chance has about one error a minute: five or more come in 1 minute
  # of 400, and in two minutes of three hardly ever. A threshold of one would undo good releases.
  # A fleet without traffic, or one that does not exist yet, has no data and no errors.
  treat_missing_data = "notBreaching"
  alarm_actions      = [local.notification_topic_arn]
  ok_actions         = [local.notification_topic_arn]
}

# Protects from a release that refuses what its callers may send. Most 4XX are the callers' own mistakes, so that it is off
# unless the callers are known; probes leave out smoke cases that expect a 4XX.
resource "aws_cloudwatch_metric_alarm" "client_errors" {
  for_each = var.alarms.clientErrors == null ? {} : local.release_names

  alarm_name          = "${each.value}-4xx"
  alarm_description   = "Release ${each.key} of ${local.endpoint_name} answers with 4XX. During a swap this rolls it back."
  namespace           = "AWS/SageMaker"
  metric_name         = "Invocation4XXErrors"
  dimensions          = local.alarm_dimensions[each.key]
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarms.clientErrors.threshold
  period              = var.alarms.clientErrors.periodSeconds
  evaluation_periods  = var.alarms.clientErrors.evaluationPeriods
  datapoints_to_alarm = var.alarms.clientErrors.datapointsToAlarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.notification_topic_arn]
  ok_actions          = [local.notification_topic_arn]
}

# Protects callers' timeouts: it is absolute, and a release several times slower than the one before may pass it. The swap
# compares the two.
resource "aws_cloudwatch_metric_alarm" "latency_p99" {
  for_each = var.alarms.latencyP99 == null ? {} : local.release_names

  alarm_name          = "${each.value}-latency-p99"
  alarm_description   = "The p99 model latency of release ${each.key} of ${local.endpoint_name} is too high. During a swap this rolls it back."
  namespace           = "AWS/SageMaker"
  metric_name         = "ModelLatency"
  dimensions          = local.alarm_dimensions[each.key]
  extended_statistic  = "p99"
  comparison_operator = "GreaterThanThreshold"
  # ModelLatency is in microseconds.
  threshold           = var.alarms.latencyP99.thresholdMilliseconds * 1000
  period              = var.alarms.latencyP99.periodSeconds
  evaluation_periods  = var.alarms.latencyP99.evaluationPeriods
  datapoints_to_alarm = var.alarms.latencyP99.datapointsToAlarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.notification_topic_arn]
  ok_actions          = [local.notification_topic_arn]
}

# SageMaker has no call that stops an update. An alarm on a metric of our own can: the rollback workflow puts one value,
# and a swap that is under way rolls back. The probes of a swap do the same when green answers wrongly.
resource "aws_cloudwatch_metric_alarm" "abort" {
  for_each = local.release_names

  alarm_name          = "${each.value}-abort"
  alarm_description   = "Somebody asked to abort the swap to release ${each.key} of ${local.endpoint_name}."
  namespace           = "SageMakerGitOps"
  metric_name         = "AbortDeployment"
  dimensions          = { EndpointName = local.endpoint_name, EndpointConfigName = each.value }
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  # High-resolution, so that CloudWatch evaluates it every ten seconds:
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
  period             = 10
  evaluation_periods = 1
  treat_missing_data = "notBreaching"
}
