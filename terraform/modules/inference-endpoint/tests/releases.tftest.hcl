# What each release becomes: names, container, and how the settings of the environment reach it.

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

run "names_model_and_config_after_service_environment_and_id" {
  command = plan

  assert {
    condition     = keys(aws_sagemaker_model.release) == ["5f005bc98319", "dbac3e6fab05"] && keys(aws_sagemaker_endpoint_configuration.release) == ["5f005bc98319", "dbac3e6fab05"]
    error_message = "There must be a model and an endpoint config for each release."
  }

  assert {
    condition     = aws_sagemaker_model.release["5f005bc98319"].name == "onnx-inference-dev-5f005bc98319" && aws_sagemaker_endpoint_configuration.release["5f005bc98319"].name == "onnx-inference-dev-5f005bc98319"
    error_message = "Model and endpoint config must be named SERVICE-ENV-ID."
  }

  assert {
    condition     = aws_sagemaker_endpoint.this[0].name == "onnx-inference-dev" && aws_sagemaker_endpoint.this[0].endpoint_config_name == "onnx-inference-dev-5f005bc98319"
    error_message = "The endpoint must be SERVICE-ENV and start on the live release."
  }

  assert {
    condition     = aws_iam_role.execution.name == "onnx-inference-dev-execution"
    error_message = "The execution role must be SERVICE-ENV-execution."
  }
}

run "gives_a_container_its_release_id_beside_its_own_environment" {
  command = plan

  assert {
    condition     = aws_sagemaker_model.release["5f005bc98319"].primary_container[0].environment == tomap({ LOG_LEVEL = "info", RELEASE_ID = "5f005bc98319" })
    error_message = "The container must get the release's environment and RELEASE_ID."
  }

  assert {
    condition     = length(aws_sagemaker_model.release["5f005bc98319"].primary_container[0].model_data_source) == 0
    error_message = "A release whose model is in the image must have no model data."
  }

  assert {
    condition     = aws_sagemaker_model.release["dbac3e6fab05"].primary_container[0].model_data_source[0].s3_data_source[0].s3_uri == "s3://onnx-inference-123456789012-models/sha256-ab/" && aws_sagemaker_model.release["dbac3e6fab05"].primary_container[0].model_data_source[0].s3_data_source[0].compression_type == "None"
    error_message = "A release with a model in S3 must read it uncompressed from its prefix."
  }
}

run "sizes_the_one_variant_as_the_release_says" {
  command = plan

  assert {
    condition = alltrue([
      aws_sagemaker_endpoint_configuration.release["dbac3e6fab05"].production_variants[0].variant_name == "primary",
      aws_sagemaker_endpoint_configuration.release["dbac3e6fab05"].production_variants[0].instance_type == "ml.g5.xlarge",
      aws_sagemaker_endpoint_configuration.release["dbac3e6fab05"].production_variants[0].initial_instance_count == 1,
      aws_sagemaker_endpoint_configuration.release["dbac3e6fab05"].production_variants[0].container_startup_health_check_timeout_in_seconds == 600,
    ])
    error_message = "The variant must be named primary, with the instance type, count and start-up timeout of the release."
  }
}

run "encrypts_volumes_except_where_the_instance_does_it_itself" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_sagemaker_endpoint_configuration.release["5f005bc98319"].kms_key_arn == var.kms_key_arn
    error_message = "ml.m5.large has no local storage, so its volume must be encrypted with the key."
  }

  assert {
    condition     = aws_sagemaker_endpoint_configuration.release["dbac3e6fab05"].kms_key_arn == null
    error_message = "ml.g5.xlarge has local NVMe storage: SageMaker refuses a key for it."
  }

  assert {
    condition     = aws_cloudwatch_log_group.endpoint.kms_key_id == var.kms_key_arn && aws_sns_topic.notifications[0].kms_master_key_id == var.kms_key_arn
    error_message = "A given key must be used."
  }
}

run "makes_a_rotating_key_where_none_is_given" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/onnx-inference-dev"
    error_message = "Without kms_key_arn the environment must get a key of its own, rotated and with an alias."
  }
}

run "leaves_containers_in_the_network_of_sagemaker_unless_told" {
  command = plan

  assert {
    condition     = length(aws_sagemaker_model.release["5f005bc98319"].vpc_config) == 0 && aws_sagemaker_model.release["5f005bc98319"].enable_network_isolation == false
    error_message = "Without network and isolation a model must have no VPC configuration and a network."
  }
}

run "places_containers_in_a_private_network" {
  command = plan

  variables {
    network           = { subnetIds = ["subnet-0a", "subnet-0b"], securityGroupIds = ["sg-0a"] }
    network_isolation = true
  }

  assert {
    condition     = aws_sagemaker_model.release["5f005bc98319"].vpc_config[0].subnets == toset(["subnet-0a", "subnet-0b"]) && aws_sagemaker_model.release["5f005bc98319"].vpc_config[0].security_group_ids == toset(["sg-0a"])
    error_message = "The model must be placed in the given subnets and security groups."
  }

  assert {
    condition     = alltrue([for model in values(aws_sagemaker_model.release) : model.enable_network_isolation])
    error_message = "Every model must be isolated."
  }
}

run "captures_data_in_an_encrypted_bucket_that_forgets" {
  command = plan

  variables {
    data_capture = { samplingPercentage = 5, retentionDays = 30 }
    kms_key_arn  = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_s3_bucket.capture.bucket == "onnx-inference-dev-123456789012-capture"
    error_message = "The bucket must be named after endpoint and account."
  }

  assert {
    condition     = alltrue([for config in values(aws_sagemaker_endpoint_configuration.release) : config.data_capture_config[0].initial_sampling_percentage == 5 && length(config.data_capture_config[0].capture_options) == 2])
    error_message = "Every endpoint config must capture requests and answers at the sampling percentage."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.capture.rule[0].expiration[0].days == 30 && aws_s3_bucket_public_access_block.capture.restrict_public_buckets
    error_message = "Captured data must expire, and never be public."
  }
}

run "captures_nothing_unless_told" {
  command = plan

  assert {
    condition     = alltrue([for config in values(aws_sagemaker_endpoint_configuration.release) : length(config.data_capture_config) == 0])
    error_message = "Without data_capture there must be no capture."
  }

  assert {
    condition     = aws_s3_bucket.capture.bucket == "onnx-inference-dev-123456789012-capture" && aws_kms_key.this.enable_key_rotation
    error_message = "The bucket and the key must exist whatever the settings are: no setting may delete them."
  }
}

run "shortens_a_bucket_name_that_would_be_too_long" {
  command = plan

  variables {
    service      = "a-service-with-a-rather-long-one"
    name         = "production-easter"
    data_capture = { samplingPercentage = 100, retentionDays = 1 }
    live         = null
    releases     = {}
  }

  assert {
    condition     = length(aws_s3_bucket.capture.bucket) <= 63 && startswith(aws_s3_bucket.capture.bucket, "a-service-with-a-rather-long-one-") && endswith(aws_s3_bucket.capture.bucket, "-123456789012-capture")
    error_message = "S3 takes names of at most 63 characters."
  }
}

run "makes_everything_but_the_endpoint_without_a_release" {
  command = plan

  variables {
    live        = null
    releases    = {}
    autoscaling = { minInstances = 2, maxInstances = 4, invocationsPerInstance = 100, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60 }
  }

  assert {
    condition     = length(aws_sagemaker_endpoint.this) == 0 && length(aws_appautoscaling_target.variant) == 0
    error_message = "Before the first release there is nothing to route and nothing to scale."
  }

  assert {
    condition     = aws_cloudwatch_log_group.endpoint.name == "/aws/sagemaker/Endpoints/onnx-inference-dev" && output.contract.releases == {} && output.contract.endpointName == "onnx-inference-dev"
    error_message = "Everything else must be there, under the names it will keep."
  }
}

run "bounds_the_execution_role_where_a_boundary_is_named" {
  command = plan

  variables {
    permissions_boundary = "onnx-inference-execution-boundary"
  }

  assert {
    condition     = aws_iam_role.execution.permissions_boundary == "arn:aws:iam::123456789012:policy/onnx-inference-execution-boundary"
    error_message = "The role must carry the boundary."
  }
}

run "makes_names_of_the_longest_service_and_environment_that_aws_takes" {
  command = plan

  variables {
    service      = "a-service-with-a-name-of-32-char"
    name         = "and-17-characters"
    data_capture = { samplingPercentage = 5, retentionDays = 30 }
  }

  assert {
    condition     = length(aws_iam_role.execution.name) <= 64 && length(aws_cloudwatch_event_rule.deployment.name) <= 64
    error_message = "The names of a role and of an event rule have at most 64 characters."
  }

  assert {
    condition     = length(aws_sagemaker_endpoint_configuration.release["5f005bc98319"].name) <= 63 && length(aws_s3_bucket.capture.bucket) <= 63
    error_message = "The names of an endpoint config and of a bucket have at most 63 characters."
  }
}

run "lets_the_logs_of_a_chinese_region_use_the_key" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  variables {
    region   = "cn-north-1"
    live     = null
    releases = {}
  }

  assert {
    condition     = flatten([for statement in data.aws_iam_policy_document.key.statement : [for principal in statement.principals : principal.identifiers] if statement.sid == "EncryptLogs"]) == ["logs.cn-north-1.amazonaws.com.cn"]
    error_message = "CloudWatch Logs must be named as it is in China."
  }
}

# The id is the one that `npm run release` computes for the same specification.
run "makes_a_release_under_its_own_settings_and_keeps_what_each_needs" {
  command = plan

  variables {
    live = "a90949eacb21"
    releases = {
      "a90949eacb21" = {
        spec = {
          image                 = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
          model                 = null
          instanceType          = "ml.m5.large"
          instanceCount         = 2
          environment           = {}
          startupTimeoutSeconds = 300
          settings = {
            network          = { subnetIds = ["subnet-0a", "subnet-0b"], securityGroupIds = ["sg-0a"] }
            networkIsolation = true
            kmsKeyArn        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
            dataCapture      = { samplingPercentage = 5, retentionDays = 90 }
          }
        }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  assert {
    condition = alltrue([
      aws_sagemaker_model.release["a90949eacb21"].enable_network_isolation,
      aws_sagemaker_model.release["a90949eacb21"].vpc_config[0].subnets == toset(["subnet-0a", "subnet-0b"]),
      endswith(aws_sagemaker_endpoint_configuration.release["a90949eacb21"].kms_key_arn, ":key/11111111-2222-3333-4444-555555555555"),
      aws_sagemaker_endpoint_configuration.release["a90949eacb21"].data_capture_config[0].initial_sampling_percentage == 5,
    ])
    error_message = "A release must be made under its own settings, though the environment has none of them any more."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.capture.rule[0].expiration[0].days == 90
    error_message = "Captured data must stay as long as any declared release asks for."
  }

  assert {
    condition     = length(setsubtract(["JoinNetwork", "CaptureData", "EncryptCapturedData"], data.aws_iam_policy_document.execution.statement[*].sid)) == 0
    error_message = "The execution role must keep what the declared release needs."
  }

  expect_failures = [check.releases_use_the_settings_of_the_environment]
}

run "grants_no_network_and_no_capture_that_no_release_needs" {
  command = plan

  variables {
    live     = null
    releases = {}
  }

  assert {
    condition     = length(setintersection(["JoinNetwork", "CaptureData", "EncryptCapturedData"], data.aws_iam_policy_document.execution.statement[*].sid)) == 0
    error_message = "Without a network and without capture the execution role must have no permission for them."
  }
}
