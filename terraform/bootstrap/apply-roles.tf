# One role per environment that makes what Terraform plans. It routes nothing (no UpdateEndpoint), deletes only what
# leaves with a release or a setting, and can give nobody more permissions than the execution boundary has.
resource "aws_iam_role" "apply" {
  for_each = local.arns

  name                 = "${local.endpoint_names[each.key]}-apply"
  description          = "Applies Terraform to ${local.endpoint_names[each.key]}"
  assume_role_policy   = data.aws_iam_policy_document.trust["apply/${each.key}"].json
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
  # Terraform waits for a first endpoint: an hour for its containers to start, and the download of the model before. The job in
  # .github/workflows/apply.yml asks for a session of this length, and lasts no longer; a test compares the three.
  max_session_duration = 14400
}

resource "aws_iam_role_policy_attachment" "apply_read" {
  for_each = local.arns

  # The id is unknown while the role is replaced; its name is not, and the new role would have no policy.
  role       = aws_iam_role.apply[each.key].id
  policy_arn = aws_iam_policy.read[each.key].arn
}

resource "aws_iam_role_policy" "apply_write" {
  for_each = local.arns

  name   = "write"
  role   = aws_iam_role.apply[each.key].id
  policy = data.aws_iam_policy_document.write[each.key].json
}

data "aws_iam_policy_document" "write" {
  for_each = local.arns

  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject"]
    resources = [each.value.state]
  }

  statement {
    sid       = "LockState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${each.value.state}.tflock"]
  }

  # Which commit was applied last: an older one must not be applied after it.
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

  # The endpoint itself is made once and never deleted here.
  statement {
    sid       = "MakeEndpoint"
    actions   = ["sagemaker:CreateEndpoint"]
    resources = [each.value.endpoint, each.value.endpoint_configs]
  }

  statement {
    sid = "MakeAndDropReleases"
    actions = [
      "sagemaker:CreateEndpointConfig",
      "sagemaker:CreateModel",
      "sagemaker:DeleteEndpointConfig",
      "sagemaker:DeleteModel",
    ]
    resources = [each.value.endpoint_configs, each.value.models]
  }

  statement {
    sid       = "TagEndpoint"
    actions   = ["sagemaker:AddTags", "sagemaker:DeleteTags"]
    resources = [each.value.endpoint, each.value.endpoint_configs, each.value.models]
  }

  statement {
    sid       = "PassExecutionRole"
    actions   = ["iam:PassRole"]
    resources = compact([each.value.execution_role, var.environments[each.key].execution_role_arn])

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  # Only with the boundary, so that the role can never do more than run containers.
  statement {
    sid       = "MakeExecutionRole"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy"]
    resources = [each.value.execution_role]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.execution_boundary_arn]
    }
  }

  statement {
    sid       = "TagExecutionRole"
    actions   = ["iam:TagRole", "iam:UntagRole"]
    resources = [each.value.execution_role]
  }

  statement {
    sid       = "KeepAlarms"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
    resources = each.value.alarms
  }

  statement {
    sid       = "KeepDashboard"
    actions   = ["cloudwatch:PutDashboard"]
    resources = [each.value.dashboard]
  }

  statement {
    sid = "KeepLogGroup"
    actions = [
      "logs:AssociateKmsKey",
      "logs:CreateLogGroup",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = [each.value.log_group, "${each.value.log_group}:*"]
  }

  statement {
    sid       = "KeepNotifications"
    actions   = ["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"]
    resources = [each.value.topic]
  }

  statement {
    sid       = "KeepEventRule"
    actions   = ["events:PutRule", "events:PutTargets", "events:TagResource", "events:UntagResource"]
    resources = [each.value.event_rule]
  }

  statement {
    sid = "KeepCaptureBucket"
    actions = [
      "s3:CreateBucket",
      "s3:PutBucketPolicy",
      "s3:PutBucketPublicAccessBlock",
      "s3:PutBucketTagging",
      "s3:PutEncryptionConfiguration",
      "s3:PutLifecycleConfiguration",
    ]
    resources = [each.value.capture_bucket]
  }

  # A new key carries the environment's tags from its first moment. There is no PutKeyPolicy, so that tagging somebody
  # else's key gives no power over it.
  statement {
    sid       = "MakeKey"
    actions   = ["kms:CreateKey", "kms:TagResource"]
    resources = ["*"] # a key has no ARN before it exists

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/Service"
      values   = [var.service]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/Environment"
      values   = [each.key]
    }
  }

  statement {
    sid       = "KeepKey"
    actions   = ["kms:CreateAlias", "kms:EnableKeyRotation"]
    resources = [each.value.keys]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Service"
      values   = [var.service]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }

  # Tags of the environment's own key, but not those by which it is known.
  statement {
    sid       = "TagKey"
    actions   = ["kms:TagResource", "kms:UntagResource"]
    resources = [each.value.keys]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Service"
      values   = [var.service]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }

    condition {
      test     = "ForAllValues:StringNotEquals"
      variable = "aws:TagKeys"
      values   = ["Service", "Environment"]
    }
  }

  statement {
    sid       = "NameKey"
    actions   = ["kms:CreateAlias"]
    resources = [each.value.key_alias]
  }

  # A key of another account is used too; its policy decides. CreateEndpoint and CreateLogGroup with a key, encrypted topics and buckets: the services use the key in the name of
  # the caller, and only then may the role use it.
  statement {
    sid       = "LetServicesUseKey"
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = [each.value.any_keys]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values = [
        for name in setproduct(["logs", "s3", "sagemaker", "sns"], local.via_service_suffixes) :
        "${name[0]}.${var.environments[each.key].region}.${name[1]}"
      ]
    }
  }

  statement {
    sid = "KeepAutoscaling"
    actions = [
      "application-autoscaling:DeleteScalingPolicy",
      "application-autoscaling:DeleteScheduledAction",
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
    actions   = ["application-autoscaling:TagResource", "application-autoscaling:UntagResource"]
    resources = [each.value.scalable_targets]
  }

  # Application Auto Scaling asks for these in the name of whoever registers a target and puts a policy:
  # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
  statement {
    sid       = "ScaleEndpoint"
    actions   = ["sagemaker:UpdateEndpointWeightsAndCapacities"]
    resources = [each.value.endpoint]
  }

  statement {
    sid       = "KeepScalingAlarms"
    actions   = ["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"]
    resources = [each.value.scaling_alarms]
  }

  statement {
    sid       = "MakeScalingServiceRole"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${var.account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["sagemaker.application-autoscaling.amazonaws.com"]
    }
  }
}
