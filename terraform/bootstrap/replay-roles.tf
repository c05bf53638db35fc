# One role for each environment with a replay. It reads what the endpoint captured, and nothing else.
locals {
  replays = { for name, arns in local.arns : name => arns if var.environments[name].replay }
}

resource "aws_iam_role" "replay" {
  for_each = local.replays

  name                 = "${local.endpoint_names[each.key]}-replay"
  description          = "Reads the captured requests of ${local.endpoint_names[each.key]}"
  assume_role_policy   = data.aws_iam_policy_document.trust["replay/${each.key}"].json
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "replay" {
  for_each = local.replays

  name   = "read-captured"
  role   = aws_iam_role.replay[each.key].id
  policy = data.aws_iam_policy_document.replay[each.key].json
}

data "aws_iam_policy_document" "replay" {
  for_each = local.replays

  statement {
    sid       = "FindCapturedRequests"
    actions   = ["s3:ListBucket"]
    resources = [each.value.capture_bucket]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.endpoint_names[each.key]}/*"]
    }
  }

  statement {
    sid       = "ReadCapturedRequests"
    actions   = ["s3:GetObject"]
    resources = ["${each.value.capture_bucket}/${local.endpoint_names[each.key]}/*"]
  }

  # S3 names the bucket, or the object where the bucket has no key of its own, as the encryption context. So whichever key the
  # environment has, of this account or another one, only this bucket is decrypted:
  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
  statement {
    sid       = "DecryptCapturedRequests"
    actions   = ["kms:Decrypt"]
    resources = [each.value.any_keys]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for suffix in local.via_service_suffixes : "s3.${var.environments[each.key].region}.${suffix}"]
    }

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [each.value.capture_bucket, "${each.value.capture_bucket}/${local.endpoint_names[each.key]}/*"]
    }
  }
}
