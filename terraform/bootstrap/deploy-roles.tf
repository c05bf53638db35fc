# One role per environment that swaps, tests and rolls back. It makes nothing but facts of the ledger, deletes nothing and
# has no part of IAM: the releases it routes between exist already.
resource "aws_iam_role" "deploy" {
  for_each = local.arns

  name                 = "${local.endpoint_names[each.key]}-deploy"
  description          = "Swaps, tests and rolls back ${local.endpoint_names[each.key]}"
  assume_role_policy   = data.aws_iam_policy_document.trust["deploy/${each.key}"].json
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  # A rollout can take longer than the default hour.
  max_session_duration = 14400
}

resource "aws_iam_role_policy" "deploy" {
  for_each = local.arns

  name   = "swap"
  role   = aws_iam_role.deploy[each.key].id
  policy = data.aws_iam_policy_document.deploy[each.key].json
}

data "aws_iam_policy_document" "deploy" {
  for_each = local.arns

  statement {
    sid       = "Observe"
    actions   = ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"]
    resources = [each.value.endpoint, each.value.endpoint_configs, each.value.models]
  }

  statement {
    sid       = "Swap"
    actions   = ["sagemaker:UpdateEndpoint"]
    resources = [each.value.endpoint, each.value.endpoint_configs]
  }

  statement {
    sid       = "SmokeTest"
    actions   = ["sagemaker:InvokeEndpoint"]
    resources = [each.value.endpoint]
  }

  # New instances of a fleet with an encrypted volume: SageMaker makes the grant in the name of whoever updates.
  statement {
    sid       = "LetSageMakerUseKey"
    actions   = ["kms:CreateGrant"]
    resources = [each.value.any_keys]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for suffix in local.via_service_suffixes : "sagemaker.${var.environments[each.key].region}.${suffix}"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }

  statement {
    sid       = "FindImage"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages"]
    resources = [local.repository_arn]
  }

  # The checksums of what a release would load. For a model in another bucket its owner has to allow the same.
  statement {
    sid       = "CheckModels"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::${local.model_bucket}/*"]
  }

  statement {
    sid       = "FindModels"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${local.model_bucket}"]
  }

  statement {
    sid       = "ReadAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = each.value.alarms
  }

  # Green is compared with blue while it bakes.
  statement {
    sid       = "CompareFleets"
    actions   = ["cloudwatch:GetMetricData"]
    resources = ["*"] # the action takes no resource and has no condition key
  }

  statement {
    sid       = "AbortSwap"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # the action takes no resource, so the namespace bounds it

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["SageMakerGitOps"]
    }
  }

  # A change of the instance type needs the target gone for the time of the update; it is registered again as it was.
  statement {
    sid = "PauseAutoscaling"
    actions = [
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:PutScheduledAction",
      "application-autoscaling:RegisterScalableTarget",
    ]
    resources = [each.value.scalable_targets]

    condition {
      test     = "StringEqualsIfExists"
      variable = "application-autoscaling:service-namespace"
      values   = ["sagemaker"]
    }
  }

  statement {
    sid       = "TagAutoscaling"
    actions   = ["application-autoscaling:TagResource"]
    resources = [each.value.scalable_targets]
  }

  statement {
    sid = "ObserveAutoscaling"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:DescribeScalingPolicies",
      "application-autoscaling:DescribeScheduledActions",
      "application-autoscaling:ListTagsForResource",
    ]
    resources = ["*"] # lists
  }

  # Application Auto Scaling asks for these in the name of whoever registers a target and puts a policy:
  # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
  statement {
    sid       = "ScaleEndpoint"
    actions   = ["sagemaker:UpdateEndpointWeightsAndCapacities"]
    resources = [each.value.endpoint]
  }

  statement {
    sid       = "RestoreScalingAlarms"
    actions   = ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"]
    resources = [each.value.scaling_alarms]
  }

  statement {
    sid       = "ReadLedger"
    actions   = ["s3:GetObject"]
    resources = [each.value.facts]
  }

  statement {
    sid       = "FindFacts"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.ledger_prefixes[each.key]}*"]
    }
  }

  # Only writes that S3 refuses where there is an object already; the header takes no value but "*":
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
  statement {
    sid       = "AddFacts"
    actions   = ["s3:PutObject"]
    resources = [each.value.facts]

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }
}
