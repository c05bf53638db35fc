# Values that would plan cleanly and fail later, or do harm, are refused with the variable's name.

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

run "refuses_a_release_that_was_edited_in_place" {
  command = plan

  variables {
    live = "5f005bc98319"
    releases = {
      "5f005bc98319" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 3, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_an_id_that_nobody_computed" {
  command = plan

  variables {
    live = "0123456789ab"
    releases = {
      "0123456789ab" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 2, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_an_image_by_tag" {
  command = plan

  variables {
    live = "aac843e9b9a0"
    releases = {
      "aac843e9b9a0" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference:latest", model = null, instanceType = "ml.m5.large", instanceCount = 2, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_a_model_that_is_no_prefix" {
  command = plan

  variables {
    live = "d2085c3310f6"
    releases = {
      "d2085c3310f6" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = { uri = "s3://bucket/model.tar.gz", digest = "sha256:abababababababababababababababababababababababababababababababab" }, instanceType = "ml.m5.large", instanceCount = 2, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_a_fleet_of_none" {
  command = plan

  variables {
    live = "8c8dba531282"
    releases = {
      "8c8dba531282" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 0, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_half_an_instance" {
  command = plan

  variables {
    live = "237a8ffb3e20"
    releases = {
      "237a8ffb3e20" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 1.5, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_an_instance_type_of_ec2" {
  command = plan

  variables {
    live = "863000a446bd"
    releases = {
      "863000a446bd" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "m5.large", instanceCount = 2, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_a_start_up_timeout_below_a_minute" {
  command = plan

  variables {
    live = "9e09b28ad923"
    releases = {
      "9e09b28ad923" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 2, environment = { LOG_LEVEL = "info" }, startupTimeoutSeconds = 59 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_a_release_id_of_the_users_own" {
  command = plan

  variables {
    live = "1fd43b36c907"
    releases = {
      "1fd43b36c907" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 2, environment = { RELEASE_ID = "mine" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_credentials_in_the_environment" {
  command = plan

  variables {
    live = "317ec0d07884"
    releases = {
      "317ec0d07884" = {
        spec   = { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", model = null, instanceType = "ml.m5.large", instanceCount = 2, environment = { AWS_SECRET_ACCESS_KEY = "x" }, startupTimeoutSeconds = 300 }
        source = { commit = "c0ffee", createdAt = "2026-01-31T12:00:00Z", promotedFrom = null }
      }
    }
  }

  expect_failures = [var.releases]
}

run "refuses_a_live_release_that_is_not_listed" {
  command = plan

  variables {
    live = "0123456789ab"
  }

  expect_failures = [var.live]
}

run "refuses_a_service_with_capitals" {
  command = plan

  variables {
    service = "Onnx"
  }

  expect_failures = [var.service]
}

run "refuses_an_environment_with_an_underscore" {
  command = plan

  variables {
    name = "my_dev"
  }

  expect_failures = [var.name]
}

run "refuses_names_that_sagemaker_would_not_take" {
  command = plan

  variables {
    service = "a-service-with-a-rather-long-one"
    name    = "production-eastern1"
  }

  expect_failures = [var.name]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "frankfurt"
  }

  expect_failures = [var.region]
}

run "refuses_an_alarm_period_that_cloudwatch_does_not_know" {
  command = plan

  variables {
    alarms = { serverErrors = { threshold = 1, periodSeconds = 45, evaluationPeriods = 1 } }
  }

  expect_failures = [var.alarms]
}

run "refuses_more_datapoints_than_an_alarm_evaluates" {
  command = plan

  variables {
    alarms = { serverErrors = { threshold = 1, periodSeconds = 60, evaluationPeriods = 2, datapointsToAlarm = 3 } }
  }

  expect_failures = [var.alarms]
}

run "refuses_an_alarm_that_is_always_on" {
  command = plan

  variables {
    alarms = { serverErrors = { threshold = 0, periodSeconds = 60, evaluationPeriods = 1 } }
  }

  expect_failures = [var.alarms]
}

run "refuses_to_scale_to_zero" {
  command = plan

  variables {
    autoscaling = { minInstances = 0, maxInstances = 4, invocationsPerInstance = 100, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60 }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_bounds_the_wrong_way_round" {
  command = plan

  variables {
    autoscaling = { minInstances = 5, maxInstances = 4, invocationsPerInstance = 100, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60 }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_target_of_no_invocations" {
  command = plan

  variables {
    autoscaling = { minInstances = 1, maxInstances = 4, invocationsPerInstance = 0, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60 }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_schedule_without_an_expression" {
  command = plan

  variables {
    autoscaling = { minInstances = 1, maxInstances = 4, invocationsPerInstance = 100, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60, schedules = [{ name = "a", expression = "daily", minInstances = 1, maxInstances = 2 }] }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_two_schedules_of_one_name" {
  command = plan

  variables {
    autoscaling = { minInstances = 1, maxInstances = 4, invocationsPerInstance = 100, scaleInCooldownSeconds = 300, scaleOutCooldownSeconds = 60, schedules = [{ name = "a", expression = "rate(1 day)", minInstances = 1, maxInstances = 2 }, { name = "a", expression = "rate(2 days)", minInstances = 1, maxInstances = 2 }] }
  }

  expect_failures = [var.autoscaling]
}

run "refuses_a_network_of_one_subnet" {
  command = plan

  variables {
    network = { subnetIds = ["subnet-0a", "subnet-0a"], securityGroupIds = ["sg-0a"] }
  }

  expect_failures = [var.network]
}

run "refuses_a_network_without_security_groups" {
  command = plan

  variables {
    network = { subnetIds = ["subnet-0a", "subnet-0b"], securityGroupIds = [] }
  }

  expect_failures = [var.network]
}

run "refuses_the_alias_of_a_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/mine"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_to_capture_more_than_everything" {
  command = plan

  variables {
    data_capture = { samplingPercentage = 101, retentionDays = 1 }
  }

  expect_failures = [var.data_capture]
}

run "refuses_a_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_topic_that_is_none" {
  command = plan

  variables {
    notification_topic_arn = "on-call"
  }

  expect_failures = [var.notification_topic_arn]
}
