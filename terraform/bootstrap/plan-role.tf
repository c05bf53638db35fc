# Reads all environments of the account; trusted for pull requests, so it may change nothing but the lock.
resource "aws_iam_role" "plan" {
  name               = "${var.service}-plan"
  description        = "Plans ${var.service} for pull requests and for the drift check: reads, and locks the state"
  assume_role_policy = data.aws_iam_policy_document.trust["plan"].json
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = aws_iam_policy.read

  role       = aws_iam_role.plan.name
  policy_arn = each.value.arn
}
