resource "aws_ecr_repository" "service" {
  count = var.artifacts == null ? 0 : 1

  name                 = var.service
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  lifecycle {
    prevent_destroy = true
  }
}

# An image is pushed with its commit as its tag, and a tag can neither move nor be pushed again. So whatever a release
# names by digest keeps its tag for ever, and a rule for untagged images can never reach it.
resource "aws_ecr_lifecycle_policy" "service" {
  count = length(aws_ecr_repository.service)

  repository = aws_ecr_repository.service[0].name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Expire what a broken push left behind"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_ecr_repository_policy" "service" {
  count = length(aws_ecr_repository.service)

  repository = aws_ecr_repository.service[0].name
  policy     = data.aws_iam_policy_document.repository[0].json
}

data "aws_iam_policy_document" "repository" {
  count = length(aws_ecr_repository.service)

  # SageMaker of this account checks the image before an execution role pulls it.
  statement {
    sid     = "SageMakerPulls"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = concat([var.account], sort(var.artifacts.account_ids))
    }
  }

  dynamic "statement" {
    for_each = length(var.artifacts.account_ids) == 0 ? [] : [sort(var.artifacts.account_ids)]

    content {
      sid     = "OtherAccountsPull"
      actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]

      principals {
        type        = "AWS"
        identifiers = [for id in statement.value : "arn:${local.partition}:iam::${id}:root"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = [for name in setproduct(statement.value, local.role_prefixes, ["execution", "deploy"]) : "arn:${local.partition}:iam::${name[0]}:${name[1]}${var.service}-*-${name[2]}"]
      }
    }
  }
}

resource "aws_s3_bucket" "models" {
  count = var.artifacts == null ? 0 : 1

  bucket = local.model_bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "models" {
  count = length(aws_s3_bucket.models)

  bucket = aws_s3_bucket.models[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "models" {
  count = length(aws_s3_bucket.models)

  bucket = aws_s3_bucket.models[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "models" {
  count = length(aws_s3_bucket.models)

  bucket                  = aws_s3_bucket.models[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "models" {
  count = length(aws_s3_bucket.models)

  bucket = aws_s3_bucket.models[0].id
  policy = data.aws_iam_policy_document.models[0].json

  depends_on = [aws_s3_bucket_public_access_block.models]
}

data "aws_iam_policy_document" "models" {
  count = length(aws_s3_bucket.models)

  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.models[0].arn, "${aws_s3_bucket.models[0].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = length(var.artifacts.account_ids) == 0 ? [] : [sort(var.artifacts.account_ids)]

    content {
      sid       = "OtherAccountsRead"
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [aws_s3_bucket.models[0].arn, "${aws_s3_bucket.models[0].arn}/*"]

      principals {
        type        = "AWS"
        identifiers = [for id in statement.value : "arn:${local.partition}:iam::${id}:root"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = [for name in setproduct(statement.value, local.role_prefixes, ["execution", "deploy"]) : "arn:${local.partition}:iam::${name[0]}:${name[1]}${var.service}-*-${name[2]}"]
      }
    }
  }
}
