locals {
  notification_topic_arn = var.notification_topic_arn == null ? aws_sns_topic.notifications[0].arn : var.notification_topic_arn
  endpoint_arn           = "arn:${local.partition}:sagemaker:${var.region}:${local.account}:endpoint/${local.endpoint_name}"
}

resource "aws_sns_topic" "notifications" {
  count = var.notification_topic_arn == null ? 1 : 0

  name              = "${local.endpoint_name}-notifications"
  kms_master_key_id = local.kms_key_arn
}

resource "aws_sns_topic_policy" "notifications" {
  count = length(aws_sns_topic.notifications)

  arn    = aws_sns_topic.notifications[0].arn
  policy = data.aws_iam_policy_document.topic[0].json
}

data "aws_iam_policy_document" "topic" {
  count = length(aws_sns_topic.notifications)

  statement {
    sid       = "PublishAlarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.notifications[0].arn]

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

  # A topic's policy takes no condition from EventBridge either:
  # https://repost.aws/knowledge-center/sns-not-getting-eventbridge-notification
  statement {
    sid       = "PublishEvents"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.notifications[0].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

# https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
resource "aws_cloudwatch_event_rule" "deployment" {
  name        = "${local.endpoint_name}-deployment"
  description = "Deployments of ${local.endpoint_name} that change their state, whoever started them."

  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["SageMaker Endpoint Deployment State Change"]
    resources   = [local.endpoint_arn]
  })
}

resource "aws_cloudwatch_event_target" "deployment" {
  rule      = aws_cloudwatch_event_rule.deployment.name
  target_id = "notifications"
  arn       = local.notification_topic_arn
}
