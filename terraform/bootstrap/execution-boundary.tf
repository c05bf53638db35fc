locals {
  execution_boundary_name = "${var.service}-execution-boundary"
  # Not the resource's attribute: a new environment changes the policy, and every apply role would be planned anew.
  execution_boundary_arn = coalesce(var.permissions_boundary_arn, "arn:${local.partition}:iam::${var.account}:policy/${local.execution_boundary_name}")
}

# The most that any execution role may ever do, whoever edits the role: run containers, nothing else. The apply roles may
# make no role without it, so that permission to make roles is no way to more permissions.
resource "aws_iam_policy" "execution_boundary" {
  name        = local.execution_boundary_name
  description = "Bounds the execution roles of ${var.service}"
  policy      = data.aws_iam_policy_document.execution_boundary.json
}

data "aws_iam_policy_document" "execution_boundary" {
  statement {
    sid = "RunContainers"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
      "kms:Decrypt",
      "kms:GenerateDataKey",
      "s3:GetObject",
      "s3:ListBucket",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "JoinNetwork"
    resources = ["*"]
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
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for name in keys(var.environments) : "${local.arns[name].log_group}:*"]
  }

  statement {
    sid       = "ReadRollbackAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = flatten([for name in keys(var.environments) : local.arns[name].alarms])
  }

  statement {
    sid       = "PublishInstanceMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/Endpoints"]
    }
  }

  statement {
    sid       = "CaptureData"
    actions   = ["s3:PutObject"]
    resources = [for name in keys(var.environments) : "${local.arns[name].capture_bucket}/*"]
  }
}
