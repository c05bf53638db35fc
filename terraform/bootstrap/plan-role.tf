# Reads all environments of the account; trusted for pull requests, so it may change nothing: a plan takes no lock.
resource "aws_iam_role" "plan" {
  name                 = "${var.service}-plan"
  description          = "Plans ${var.service} for pull requests and for the drift check: reads, and writes nothing"
  assume_role_policy   = data.aws_iam_policy_document.trust["plan"].json
  path                 = var.role_path
  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = aws_iam_policy.read

  # The id is unknown while the role is replaced; its name is not, and the new role would have no policy.
  role       = aws_iam_role.plan.id
  policy_arn = each.value.arn
}

# Of all environments at once: a promotion reads the ledger of the environment before, the drift check that of each.
resource "aws_iam_role_policy" "plan" {
  name   = "ledgers"
  role   = aws_iam_role.plan.id
  policy = data.aws_iam_policy_document.ledgers.json
}

data "aws_iam_policy_document" "ledgers" {
  statement {
    sid       = "ReadLedgers"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/${local.ledger_prefix}*"]
  }

  statement {
    sid       = "FindFacts"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.state.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.ledger_prefix}*"]
    }
  }
}
