locals {
  oidc_issuer       = "token.actions.githubusercontent.com"
  oidc_provider_arn = var.oidc_provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.oidc_provider_arn

  # A token's subject starts with the repository in its classic form or, for repositories created, renamed or moved after
  # 15 July 2026, with the numbers that nobody can take over:
  # https://docs.github.com/actions/reference/security/oidc
  repositories = compact([
    "repo:${var.github.owner}/${var.github.repository}",
    var.github.repository_id == null ? "" : "repo:${var.github.owner}@${coalesce(var.github.owner_id, "0")}/${var.github.repository}@${var.github.repository_id}",
  ])

  branch_subjects = [for repository in local.repositories : "${repository}:ref:refs/heads/${var.github.branch}"]

  # Who may take each role; matched by StringEquals, so nothing here is a pattern.
  trusted_subjects = merge(
    {
      # Pull requests plan, and the drift check runs from the branch.
      plan  = concat([for repository in local.repositories : "${repository}:pull_request"], local.branch_subjects)
      build = local.branch_subjects
    },
    {
      for name in keys(var.environments) : "environment/${name}" => [for repository in local.repositories : "${repository}:environment:${name}"]
    },
  )
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://${local.oidc_issuer}"
  client_id_list = ["sts.amazonaws.com"]

  # The other services of the account trust it too.
  lifecycle {
    prevent_destroy = true
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.trusted_subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc_issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc_issuer}:sub"
      values   = each.value
    }
  }
}
