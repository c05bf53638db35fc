# Pushes images and models from the deployed branch. Tags are immutable, so it can add but never replace.
resource "aws_iam_role" "build" {
  count = var.artifacts == null ? 0 : 1

  name                 = "${var.service}-build"
  description          = "Pushes images and models of ${var.service}"
  assume_role_policy   = data.aws_iam_policy_document.trust["build"].json
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "build" {
  count = length(aws_iam_role.build)

  name   = "push"
  role   = aws_iam_role.build[0].id
  policy = data.aws_iam_policy_document.build.json
}

data "aws_iam_policy_document" "build" {
  statement {
    sid       = "SignInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # the action takes no resource
  }

  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "CompareModels"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::${local.model_bucket}/*"]
  }

  # Only writes that S3 refuses where there is an object already:
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
  statement {
    sid       = "PublishModels"
    actions   = ["s3:PutObject"]
    resources = ["arn:${local.partition}:s3:::${local.model_bucket}/*"]

    condition {
      test     = "Null"
      variable = "s3:if-none-match"
      values   = ["false"]
    }
  }

  statement {
    sid       = "FindModels"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${local.model_bucket}"]
  }
}
