locals {
  # At most 63 characters: a longer name keeps its start and gets a digest of the whole.
  capture_bucket_name = (
    length("${local.endpoint_name}-${local.account}-capture") <= 63
    ? "${local.endpoint_name}-${local.account}-capture"
    : "${trimsuffix(substr(local.endpoint_name, 0, 33), "-")}-${substr(sha256(local.endpoint_name), 0, 8)}-${local.account}-capture"
  )

  # The longest time that the environment or a declared release asks for; 30 days where none does.
  captures               = [for capture in concat([var.data_capture], values(local.settings)[*].dataCapture) : capture if capture != null]
  capture_retention_days = length(local.captures) == 0 ? 30 : max(local.captures[*].retentionDays...)
}

# No setting removes it: releases that capture data may be declared, and what was captured stays for its time. A bucket
# with captured data cannot be destroyed (no force_destroy): empty it first.
resource "aws_s3_bucket" "capture" {
  bucket = local.capture_bucket_name
}

resource "aws_s3_bucket_public_access_block" "capture" {
  bucket                  = aws_s3_bucket.capture.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "capture" {
  bucket = aws_s3_bucket.capture.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "capture" {
  bucket = aws_s3_bucket.capture.id

  rule {
    id     = "expire-captured-data"
    status = "Enabled"

    filter {}

    expiration {
      days = local.capture_retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "capture" {
  bucket = aws_s3_bucket.capture.id
  policy = data.aws_iam_policy_document.capture.json

  # A policy put while the block is being put is refused as a conflicting operation.
  depends_on = [aws_s3_bucket_public_access_block.capture]
}

data "aws_iam_policy_document" "capture" {
  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.capture.arn, "${aws_s3_bucket.capture.arn}/*"]

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
}
