locals {
  endpoint_name = "${var.service}-${var.name}"

  # A release's model and endpoint config share one name.
  release_names = { for id in keys(var.releases) : id => "${local.endpoint_name}-${id}" }

  # A swap must keep the variant's name, so there is one for all releases.
  variant_name = "primary"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
}

resource "aws_sagemaker_model" "release" {
  for_each = var.releases

  name               = local.release_names[each.key]
  execution_role_arn = coalesce(var.execution_role_arn, aws_iam_role.execution.arn)

  enable_network_isolation = local.settings[each.key].networkIsolation

  primary_container {
    image       = each.value.spec.image
    environment = merge(each.value.spec.environment, { RELEASE_ID = each.key })

    dynamic "model_data_source" {
      for_each = each.value.spec.model == null ? [] : [each.value.spec.model]

      content {
        s3_data_source {
          s3_uri           = model_data_source.value.uri
          s3_data_type     = "S3Prefix"
          compression_type = "None"
        }
      }
    }
  }

  dynamic "vpc_config" {
    for_each = local.settings[each.key].network == null ? [] : [local.settings[each.key].network]

    content {
      subnets            = vpc_config.value.subnetIds
      security_group_ids = vpc_config.value.securityGroupIds
    }
  }

  tags = { Release = each.key, Commit = each.value.source.commit }

  # SageMaker reads the model in the name of the role when the model is created.
  depends_on = [aws_iam_role_policy.execution]

  # A release is immutable, and SageMaker can only replace a model: while it serves, that would break it. Settings of the
  # environment (network, isolation) therefore reach the next release, not the ones that exist.
  lifecycle {
    ignore_changes = [execution_role_arn, primary_container, vpc_config, enable_network_isolation]
  }
}

resource "aws_sagemaker_endpoint_configuration" "release" {
  for_each = var.releases

  name        = local.release_names[each.key]
  kms_key_arn = local.volume_key_arns[each.key]

  production_variants {
    variant_name           = local.variant_name
    model_name             = aws_sagemaker_model.release[each.key].name
    instance_type          = each.value.spec.instanceType
    initial_instance_count = each.value.spec.instanceCount
    initial_variant_weight = 1

    container_startup_health_check_timeout_in_seconds = each.value.spec.startupTimeoutSeconds
  }

  dynamic "data_capture_config" {
    for_each = local.settings[each.key].dataCapture == null ? [] : [local.settings[each.key].dataCapture]

    content {
      enable_capture              = true
      initial_sampling_percentage = data_capture_config.value.samplingPercentage
      destination_s3_uri          = "s3://${aws_s3_bucket.capture.id}/"
      kms_key_id                  = local.release_key_arns[each.key]

      capture_options {
        capture_mode = "Input"
      }

      capture_options {
        capture_mode = "Output"
      }
    }
  }

  tags = { Release = each.key, Commit = each.value.source.commit }

  # As for the model: what may serve is never replaced.
  lifecycle {
    ignore_changes = [production_variants, kms_key_arn, data_capture_config]
  }
}

resource "aws_sagemaker_endpoint" "this" {
  count = var.live == null ? 0 : 1

  name                 = local.endpoint_name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.release[var.live].name

  # SageMaker assumes the role, and the containers log, as soon as the endpoint is created.
  depends_on = [aws_iam_role_policy.execution, aws_cloudwatch_log_group.endpoint]

  lifecycle {
    prevent_destroy = true

    # What is routed belongs to the deploy action. Without deployment_config in this list a swap with alarms would make
    # the next plan replace the endpoint: auto_rollback_configuration forces it and is read back from the last update.
    ignore_changes = [endpoint_config_name, deployment_config]

    postcondition {
      condition     = contains(values(local.release_names), self.endpoint_config_name)
      error_message = "The endpoint ${self.name} serves the release ${trimprefix(self.endpoint_config_name, "${local.endpoint_name}-")} (endpoint config ${self.endpoint_config_name}), which release.json no longer declares: this plan would delete what is serving. Put that release back into environments/${var.name}/release.json; to retire it, let another one serve first (merge a change of \"live\", or run the rollback workflow) and drop it afterwards."
    }
  }
}
