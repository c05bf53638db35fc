locals {
  own_key_arn = aws_kms_key.this.arn
  # The key of logs, notifications, the capture bucket, and of the next release.
  kms_key_arn = coalesce(var.kms_key_arn, local.own_key_arn)

  # The key that a release was made under, for as long as it can serve.
  release_key_arns = { for id, settings in local.settings : id => coalesce(settings.kmsKeyArn, local.own_key_arn) }

  # An endpoint config with a key is refused where an instance has local NVMe storage, which its hardware encrypts:
  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html (KmsKeyId). These are the
  # families with such storage: a d after the generation, and the accelerated and storage ones that always have it.
  # https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html (instance store specifications)
  local_storage_families = "^ml\\.([a-z]+[0-9]+[a-z]*d[a-z]*|dl[0-9]+[a-z]*|g[5-9][a-z]*|gr[0-9]+[a-z]*|p[5-9][a-z]*(-[a-z]+[0-9]+)?|trn[0-9]+[a-z]*|i[0-9]+[a-z]*)\\."

  volume_key_arns = {
    for id, release in var.releases : id => can(regex(local.local_storage_families, release.spec.instanceType)) ? null : local.release_key_arns[id]
  }
}

# No setting removes it: volumes of fleets, logs and captured data may be encrypted with it.
resource "aws_kms_key" "this" {
  description             = "Volumes, logs, captured data and notifications of ${local.endpoint_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json

  # The apply role may not put key policies, so that tagging a key gives no power over it. docs/upgrading.md says how an
  # administrator brings the policy of an older key up to date.
  lifecycle {
    ignore_changes = [policy]
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.endpoint_name}"
  target_key_id = aws_kms_key.this.key_id
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
    sid       = "PublishAlarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  # Without a condition: EventBridge sends neither aws:SourceAccount nor aws:SourceArn to the key of an encrypted topic.
  # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html (compatibility between event sources and encrypted topics)
  statement {
    sid       = "PublishEvents"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}
