# Alarms watch one fleet each, and all of them exist for every release.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  service = "onnx-inference"
  name    = "dev"
  region  = "eu-central-1"
  alarms  = { serverErrors = { threshold = 1, periodSeconds = 60, evaluationPeriods = 1 }, clientErrors = null, latencyP99 = null }
  live    = "5f005bc98319"
  # The ids are those that `npm run release` computes for the same specifications.
  releases = {
    "5f005bc98319" = {
      spec = {
        image                 = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        model                 = null
        instanceType          = "ml.m5.large"
        instanceCount         = 2
        environment           = { LOG_LEVEL = "info" }
        startupTimeoutSeconds = 300
      }
      source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
    }
    "dbac3e6fab05" = {
      spec = {
        image                 = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        model                 = { uri = "s3://onnx-inference-123456789012-models/sha256-ab/", digest = "sha256:abababababababababababababababababababababababababababababababab" }
        instanceType          = "ml.g5.xlarge"
        instanceCount         = 1
        environment           = { GREETING = "a<b> & \"cé\"" }
        startupTimeoutSeconds = 600
      }
      source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = "dev" }
    }
  }
}

run "watches_every_release_with_alarms_of_its_own" {
  command = plan

  variables {
    alarms = {
      serverErrors = { threshold = 3, periodSeconds = 60, evaluationPeriods = 2, datapointsToAlarm = 1 }
      clientErrors = { threshold = 50, periodSeconds = 300, evaluationPeriods = 1 }
      latencyP99   = { thresholdMilliseconds = 12.5, periodSeconds = 60, evaluationPeriods = 3 }
    }
  }

  assert {
    condition = alltrue([
      for id in ["5f005bc98319", "dbac3e6fab05"] : [
        aws_cloudwatch_metric_alarm.server_errors[id].alarm_name,
        aws_cloudwatch_metric_alarm.client_errors[id].alarm_name,
        aws_cloudwatch_metric_alarm.latency_p99[id].alarm_name,
        aws_cloudwatch_metric_alarm.abort[id].alarm_name,
      ] == ["onnx-inference-dev-${id}-5xx", "onnx-inference-dev-${id}-4xx", "onnx-inference-dev-${id}-latency-p99", "onnx-inference-dev-${id}-abort"]
    ])
    error_message = "Alarms must be named SERVICE-ENV-ID-KIND."
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.server_errors, aws_cloudwatch_metric_alarm.client_errors, aws_cloudwatch_metric_alarm.latency_p99] :
      alarm["dbac3e6fab05"].dimensions == tomap({ EndpointName = "onnx-inference-dev", EndpointConfigName = "onnx-inference-dev-dbac3e6fab05", VariantName = "primary" })
    ])
    error_message = "An alarm must watch one fleet: without EndpointConfigName it would mix blue and green."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.abort["dbac3e6fab05"].dimensions == tomap({ EndpointName = "onnx-inference-dev", EndpointConfigName = "onnx-inference-dev-dbac3e6fab05" }) && aws_cloudwatch_metric_alarm.abort["dbac3e6fab05"].namespace == "SageMakerGitOps"
    error_message = "The abort alarm must watch the metric that the rollback workflow puts."
  }

  assert {
    condition = alltrue(flatten([
      for alarms in [aws_cloudwatch_metric_alarm.server_errors, aws_cloudwatch_metric_alarm.client_errors, aws_cloudwatch_metric_alarm.latency_p99, aws_cloudwatch_metric_alarm.abort] :
      [for alarm in values(alarms) : alarm.treat_missing_data == "notBreaching"]
    ]))
    error_message = "No data is no trouble: a fleet without traffic must not roll a swap back."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.latency_p99["5f005bc98319"].threshold == 12500 && aws_cloudwatch_metric_alarm.latency_p99["5f005bc98319"].extended_statistic == "p99"
    error_message = "ModelLatency is in microseconds: 12.5 ms are 12500."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.server_errors["5f005bc98319"].threshold == 3 && aws_cloudwatch_metric_alarm.server_errors["5f005bc98319"].evaluation_periods == 2 && aws_cloudwatch_metric_alarm.client_errors["5f005bc98319"].period == 300
    error_message = "Threshold, period and evaluation periods must be those of environment.json."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.server_errors["5f005bc98319"].datapoints_to_alarm == 1
    error_message = "The number of datapoints to alarm must be that of environment.json."
  }
}

run "leaves_out_alarms_that_are_turned_off_but_never_the_abort" {
  command = plan

  variables {
    alarms = {}
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.server_errors) == 0 && length(aws_cloudwatch_metric_alarm.client_errors) == 0 && length(aws_cloudwatch_metric_alarm.latency_p99) == 0 && length(aws_cloudwatch_metric_alarm.abort) == 2
    error_message = "Only the abort alarm has no switch."
  }

  assert {
    condition     = output.contract.releases["5f005bc98319"].rollbackAlarms == tolist(["onnx-inference-dev-5f005bc98319-abort"])
    error_message = "The contract must list the alarms that exist."
  }
}

run "tells_a_topic_of_its_own" {
  command = plan

  assert {
    condition     = aws_sns_topic.notifications[0].name == "onnx-inference-dev-notifications" && jsondecode(aws_cloudwatch_event_rule.deployment.event_pattern).resources == ["arn:aws:sagemaker:eu-central-1:123456789012:endpoint/onnx-inference-dev"]
    error_message = "Alarms and deployment events of this endpoint, and of no other, must reach the environment's topic."
  }
}

run "tells_a_given_topic_and_makes_none" {
  command = plan

  variables {
    notification_topic_arn = "arn:aws:sns:eu-central-1:123456789012:on-call"
  }

  assert {
    condition     = length(aws_sns_topic.notifications) == 0 && aws_cloudwatch_event_target.deployment.arn == var.notification_topic_arn && aws_cloudwatch_metric_alarm.server_errors["5f005bc98319"].alarm_actions == toset([var.notification_topic_arn])
    error_message = "A given topic must be used for alarms and events."
  }
}

run "shows_blue_and_green_as_lines_of_their_own" {
  command = plan

  assert {
    condition = alltrue([
      for widget in slice(jsondecode(aws_cloudwatch_dashboard.endpoint.dashboard_body).widgets, 0, 6) :
      strcontains(widget.properties.metrics[0][0].expression, "{AWS/SageMaker,EndpointConfigName,EndpointName,VariantName} EndpointName=\"onnx-inference-dev\"")
    ])
    error_message = "The dashboard must search by endpoint config, so that each fleet is a line."
  }

  assert {
    condition     = !strcontains(aws_cloudwatch_dashboard.endpoint.dashboard_body, "5f005bc98319")
    error_message = "The dashboard must not change with the releases."
  }
}

run "scales_the_variant_between_its_bounds" {
  command = plan

  variables {
    autoscaling = {
      minInstances            = 2
      maxInstances            = 6
      invocationsPerInstance  = 3000
      scaleInCooldownSeconds  = 600
      scaleOutCooldownSeconds = 60
      schedules               = [{ name = "office-hours", expression = "cron(0 8 ? * MON-FRI *)", timezone = "Europe/Berlin", minInstances = 4, maxInstances = 12 }]
    }
  }

  assert {
    condition     = aws_appautoscaling_target.variant[0].resource_id == "endpoint/onnx-inference-dev/variant/primary" && aws_appautoscaling_target.variant[0].min_capacity == 2 && aws_appautoscaling_target.variant[0].max_capacity == 6
    error_message = "The target must be the endpoint's variant, which survives swaps."
  }

  assert {
    condition     = aws_appautoscaling_policy.invocations[0].target_tracking_scaling_policy_configuration[0].target_value == 3000 && aws_appautoscaling_policy.invocations[0].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "SageMakerVariantInvocationsPerInstance"
    error_message = "Scaling must track invocations per instance."
  }

  assert {
    condition     = aws_appautoscaling_scheduled_action.bounds["office-hours"].schedule == "cron(0 8 ? * MON-FRI *)" && aws_appautoscaling_scheduled_action.bounds["office-hours"].timezone == "Europe/Berlin" && aws_appautoscaling_scheduled_action.bounds["office-hours"].scalable_target_action[0].max_capacity == "12"
    error_message = "The schedule must move the bounds."
  }
}

run "does_not_scale_unless_told" {
  command = plan

  assert {
    condition     = length(aws_appautoscaling_target.variant) == 0 && length(aws_appautoscaling_policy.invocations) == 0 && length(aws_appautoscaling_scheduled_action.bounds) == 0
    error_message = "Without autoscaling nothing may be registered."
  }
}
