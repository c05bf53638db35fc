locals {
  # At most 63 characters: a longer name keeps its start and gets a digest of the whole.
  capture_bucket_name = (
    length("${local.endpoint_name}-${local.account}-capture") <= 63
    ? "${local.endpoint_name}-${local.account}-capture"
    : "${trimsuffix(substr(local.endpoint_name, 0, 33), "-")}-${substr(sha256(local.endpoint_name), 0, 8)}-${local.account}-capture"
  )
}

# A bucket with captured data cannot be destroyed (no force_destroy): empty it first.
resource "aws_s3_bucket" "capture" {
  count = var.data_capture == null ? 0 : 1

  bucket = local.capture_bucket_name
}

resource "aws_s3_bucket_public_access_block" "capture" {
  count = length(aws_s3_bucket.capture)

  bucket                  = aws_s3_bucket.capture[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "capture" {
  count = length(aws_s3_bucket.capture)

  bucket = aws_s3_bucket.capture[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "capture" {
  count = length(aws_s3_bucket.capture)

  bucket = aws_s3_bucket.capture[0].id

  rule {
    id     = "expire-captured-data"
    status = "Enabled"

    filter {}

    expiration {
      days = var.data_capture.retentionDays
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_policy" "capture" {
  count = length(aws_s3_bucket.capture)

  bucket = aws_s3_bucket.capture[0].id
  policy = data.aws_iam_policy_document.capture[0].json

  # A policy put while the block is being put is refused as a conflicting operation.
  depends_on = [aws_s3_bucket_public_access_block.capture]
}

data "aws_iam_policy_document" "capture" {
  count = length(aws_s3_bucket.capture)

  statement {
    sid       = "RefusePlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.capture[0].arn, "${aws_s3_bucket.capture[0].arn}/*"]

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
