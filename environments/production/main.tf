# The same file in every environment, to the byte: what differs stands in environment.json and release.json.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }

  # Completed by backend.hcl: terraform init -backend-config=backend.hcl
  backend "s3" {}
}

# Refuses a wrong file before the provider is configured.
module "environment_file" {
  source = "../../terraform/modules/environment-file"

  text = file("${path.root}/environment.json")
}

locals {
  name        = basename(abspath(path.root))
  environment = module.environment_file.environment
  release     = jsondecode(file("${path.root}/release.json"))
  policy_file = try(local.environment.iam.executionPolicyFile, null)
}

provider "aws" {
  region              = local.environment.region
  allowed_account_ids = [local.environment.account]

  default_tags {
    tags = merge(try(local.environment.tags, {}), {
      Service     = local.environment.service
      Environment = local.name
      ManagedBy   = "terraform"
    })
  }
}

module "inference_endpoint" {
  source = "../../terraform/modules/inference-endpoint"

  service  = local.environment.service
  name     = local.name
  region   = local.environment.region
  releases = local.release.releases
  live     = local.release.live
  alarms   = local.environment.alarms

  autoscaling            = local.environment.autoscaling
  network                = local.environment.network
  network_isolation      = local.environment.networkIsolation
  kms_key_arn            = local.environment.kmsKeyArn
  data_capture           = local.environment.dataCapture
  log_retention_days     = local.environment.logRetentionDays
  notification_topic_arn = local.environment.notifications.snsTopicArn

  permissions_boundary = try(local.environment.iam.permissionsBoundaryArn, "${local.environment.service}-execution-boundary")
  role_path            = try(local.environment.iam.rolePath, "/")
  execution_role_arn   = try(local.environment.iam.executionRoleArn, null)
  execution_policy     = local.policy_file == null ? null : file("${path.root}/${local.policy_file}")
}

output "contract" {
  description = "What the actions may rely on."
  value       = module.inference_endpoint.contract

  # A copied folder must not plan against the state of the one it was copied from.
  precondition {
    condition     = strcontains(file("${path.root}/backend.hcl"), "\"${local.environment.service}/${local.name}/terraform.tfstate\"")
    error_message = "environments/${local.name}/backend.hcl names the state of another environment. `npm run generate` writes it anew; then run terraform init -reconfigure -backend-config=backend.hcl."
  }
}
