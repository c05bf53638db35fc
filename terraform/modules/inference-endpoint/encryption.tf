locals {
  kms_key_arn = var.kms_key_arn == null ? aws_kms_key.this[0].arn : var.kms_key_arn

  # An endpoint config with a key is refused where an instance has local NVMe storage, which its hardware encrypts:
  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html (KmsKeyId). These are the
  # families with such storage: a d after the generation, and the accelerated and storage ones that always have it.
  local_storage_families = "^ml\\.([a-z]+[0-9]+[a-z]*d[a-z]*|g[5-9][a-z]*|gr[0-9]+|p[5-9][a-z]*|trn[0-9]+[a-z]*|i[0-9]+[a-z]*)\\."

  volume_key_arns = {
    for id, release in var.releases : id => can(regex(local.local_storage_families, release.spec.instanceType)) ? null : local.kms_key_arn
  }
}

resource "aws_kms_key" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  description             = "Volumes, logs, captured data and notifications of ${local.endpoint_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  count = var.kms_key_arn == null ? 1 : 0

  name          = "alias/${local.endpoint_name}"
  target_key_id = aws_kms_key.this[0].key_id
}

data "aws_iam_policy_document" "key" {
  # The account's IAM policies decide who may use the key; without this statement nobody could administer it.
  statement {
    sid       = "DelegateToIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "EncryptLogs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type = "Service"
      # The only principal here that ends otherwise in China (logs.cn-north-1.amazonaws.com.cn), as the AWS CDK has it:
      # https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/region-info/lib/default.ts
      identifiers = ["logs.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${local.log_group_name}"]
    }
  }

  # Alarms and events are published to an encrypted topic.
  statement {
    sid       = "PublishNotifications"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
