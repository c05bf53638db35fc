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

  # Who may take each role; matched by StringEquals, so nothing here is a pattern. Apply, deploy and replay roles have the same subject.
  trusted_subjects = merge(
    {
      # Pull requests plan, and the drift check runs from the branch; promotions read the ledgers in the environment automation.
      plan = concat(
        [for repository in local.repositories : "${repository}:pull_request"],
        local.branch_subjects,
        [for repository in local.repositories : "${repository}:environment:automation"],
      )
      build = local.branch_subjects
    },
    {
      for role in setproduct(["apply", "deploy"], keys(var.environments)) :
      "${role[0]}/${role[1]}" => [for repository in local.repositories : "${repository}:environment:${role[1]}"]
    },
    { for name in keys(local.replays) : "replay/${name}" => [for repository in local.repositories : "${repository}:environment:${name}"] },
  )

  # The workflow files whose jobs may take a role; the plan role is for those of any. A job of a called workflow names that one.
  trusted_workflows = {
    plan   = []
    build  = ["release-service.yml"]
    apply  = ["apply.yml"]
    deploy = ["swap.yml", "rollback.yml"]
    replay = ["replay.yml"]
  }

  # STS has condition keys for these claims since January 2026. Whether partitions other than "aws" have them isn't documented.
  # Where they lack, a condition on one would refuse every job.
  has_workflow_claims = coalesce(var.github.workflow_claims, local.partition == "aws")

  branch_ref = "refs/heads/${var.github.branch}"
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

    dynamic "condition" {
      for_each = local.has_workflow_claims && length(local.trusted_workflows[split("/", each.key)[0]]) > 0 ? {
        ref = [local.branch_ref]
        job_workflow_ref = [
          for file in local.trusted_workflows[split("/", each.key)[0]] :
          "${var.github.owner}/${var.github.repository}/.github/workflows/${file}@${local.branch_ref}"
        ]
      } : {}

      content {
        test     = "StringEquals"
        variable = "${local.oidc_issuer}:${condition.key}"
        values   = condition.value
      }
    }
  }
}
