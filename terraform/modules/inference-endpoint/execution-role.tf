locals {
  # ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@DIGEST; a registry of another form means this account's own.
  images = [for release in values(var.releases) : release.spec.image]
  repository_arns = distinct([
    for image in local.images : "arn:${local.partition}:ecr:${
      try(regex("^[0-9]{12}\\.dkr\\.ecr\\.([a-z0-9-]+)\\.", image)[0], var.region)
      }:${
      try(regex("^([0-9]{12})\\.dkr\\.ecr\\.", image)[0], local.account)
    }:repository/${regex("^[^/]+/(.+)@", image)[0]}"
  ])

  # By bucket and not by prefix, so that removing a release changes only the release.
  model_buckets = distinct([
    for release in values(var.releases) : regex("^s3://([^/]+)/", release.spec.model.uri)[0] if release.spec.model != null
  ])
}

data "aws_iam_policy_document" "execution_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    # Only for this account's endpoints: prevents use of the role for another account (confused deputy).
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  source_policy_documents = compact([var.execution_policy])

  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the action takes no resource
  }

  dynamic "statement" {
    for_each = length(local.repository_arns) == 0 ? [] : [local.repository_arns]

    content {
      sid       = "PullImages"
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.model_buckets) == 0 ? [] : [local.model_buckets]

    content {
      sid       = "FindModels"
      actions   = ["s3:ListBucket"]
      resources = [for bucket in statement.value : "arn:${local.partition}:s3:::${bucket}"]
    }
  }

  dynamic "statement" {
    for_each = length(local.model_buckets) == 0 ? [] : [local.model_buckets]

    content {
      sid       = "ReadModels"
      actions   = ["s3:GetObject"]
      resources = [for bucket in statement.value : "arn:${local.partition}:s3:::${bucket}/*"]
    }
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.endpoint.arn}:*"]
  }

  statement {
    sid       = "PublishInstanceMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # the action takes no resource, so the namespace bounds it

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/Endpoints"]
    }
  }

  # The guide of the deployment guardrails asks for it in the name of the execution role:
  # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html (auto-rollback)
  statement {
    sid       = "ReadRollbackAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:${local.partition}:cloudwatch:${var.region}:${local.account}:alarm:${local.endpoint_name}-????????????-*"]
  }

  dynamic "statement" {
    for_each = local.captures_data ? [aws_s3_bucket.capture.arn] : []

    content {
      sid       = "CaptureData"
      actions   = ["s3:PutObject"]
      resources = ["${statement.value}/*"]
    }
  }

  # Uploads in parts are decrypted to be put together:
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  dynamic "statement" {
    for_each = local.captures_data ? [local.capture_key_arns] : []

    content {
      sid       = "EncryptCapturedData"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = statement.value
    }
  }

  # What SageMaker needs to place containers in a VPC; EC2 offers no narrower resources for these.
  dynamic "statement" {
    for_each = local.joins_network ? [true] : []

    content {
      sid = "JoinNetwork"
      actions = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.endpoint_name}-execution"
  description        = "What SageMaker does to run ${local.endpoint_name}: pull its image, read its model, write its logs."
  path               = var.role_path
  assume_role_policy = data.aws_iam_policy_document.execution_trust.json

  permissions_boundary = (
    var.permissions_boundary == null ? null :
    startswith(var.permissions_boundary, "arn:") ? var.permissions_boundary :
    "arn:${local.partition}:iam::${local.account}:policy/${var.permissions_boundary}"
  )
}

resource "aws_iam_role_policy" "execution" {
  name   = "run-endpoint"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}
