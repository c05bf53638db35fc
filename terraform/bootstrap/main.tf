provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account]

  default_tags {
    tags = merge(var.tags, {
      Service   = var.service
      ManagedBy = "terraform"
    })
  }
}

data "aws_partition" "current" {}

locals {
  partition         = data.aws_partition.current.partition
  artifacts_account = var.artifacts == null ? var.artifacts_account : var.account
  repository_arn    = "arn:${local.partition}:ecr:${var.region}:${local.artifacts_account}:repository/${var.service}"
  model_bucket      = "${var.service}-${local.artifacts_account}-models"
  state_bucket      = "${var.service}-${var.account}-state"

  # How the values of kms:ViaService end. AWS doesn't document which of the two KMS sends in China; both are its own.
  via_service_suffixes = distinct(["amazonaws.com", data.aws_partition.current.dns_suffix])

  # Everything that an environment owns carries this name, alone or as a prefix.
  endpoint_names = { for name in keys(var.environments) : name => "${var.service}-${name}" }
}

module "network" {
  source = "../modules/network"
  count  = var.network == null ? 0 : 1

  name       = var.service
  region     = var.region
  cidr_block = var.network.cidr_block
  zone_count = var.network.zone_count
}
