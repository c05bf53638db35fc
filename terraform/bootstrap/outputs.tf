output "state_bucket" {
  description = "Goes into backend.hcl of every environment of this account."
  value       = aws_s3_bucket.state.bucket
}

output "model_bucket" {
  description = "Where models are published, and read from."
  value       = local.model_bucket
}

output "repository" {
  description = "Where images are pushed to; null where another account holds the repository."
  value       = one(aws_ecr_repository.service[*].repository_url)
}

output "roles" {
  description = "The role ARNs that the workflows assume: plan and build for the account, apply, deploy and replay by environment."
  value = {
    plan   = aws_iam_role.plan.arn
    build  = one(aws_iam_role.build[*].arn)
    apply  = { for name, role in aws_iam_role.apply : name => role.arn }
    deploy = { for name, role in aws_iam_role.deploy : name => role.arn }
    replay = { for name, role in aws_iam_role.replay : name => role.arn }
  }
}

output "network" {
  description = "Goes as it is into \"network\" of environment.json where endpoints should be private; null without a network."
  value       = one(module.network[*].network)
}

output "settings" {
  description = "The settings of the last apply, for a checkout that has lost its settings file."
  value = {
    github            = var.github
    artifacts_account = var.artifacts_account
    network           = var.network == null ? null : { cidr_block = var.network.cidr_block }
    tags              = var.tags
  }
}
