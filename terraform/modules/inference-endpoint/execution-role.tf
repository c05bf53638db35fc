locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  # ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@DIGEST; a registry of another form stands for this account's own.
  images = [for release in values(var.releases) : release.spec.image]
  repository_arns = distinct([
    for image in local.images : "arn:${local.partition}:ecr:${
      try(regex("^[0-9]{12}\\.dkr\\.ecr\\.([a-z0-9-]+)\\.", image)[0], var.region)
      }:${
      try(regex("^([0-9]{12})\\.dkr\\.ecr\\.", image)[0], local.account)
    }:repository/${regex("^[^/]+/(.+)@", image)[0]}"
  ])
}

data "aws_iam_policy_document" "execution_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    # Only for this account's endpoints: the service must not be talked into using the role for somebody else.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "execution" {
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
}

resource "aws_iam_role" "execution" {
  name               = "${local.endpoint_name}-execution"
  description        = "What SageMaker does to run ${local.endpoint_name}: pull its image, read its model, write its logs."
  assume_role_policy = data.aws_iam_policy_document.execution_trust.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "run-endpoint"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}
