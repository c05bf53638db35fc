variable "name" {
  description = "First part of every name in the network."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])*$", var.name)) && length(var.name) <= 48
    error_message = "name must be 1 to 48 lower-case letters, digits and single hyphens, but is \"${var.name}\"."
  }
}

variable "region" {
  description = "The AWS region; the names of the VPC endpoints' services carry it."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region such as eu-central-1, but is \"${var.region}\"."
  }
}

variable "cidr_block" {
  description = "Addresses of the VPC, from /16 to /24. It need not be routable from anywhere."
  type        = string
  default     = "10.42.0.0/20"

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.cidr_block))
    error_message = "cidr_block must be an IPv4 block from /16 to /24 such as 10.42.0.0/20, but is \"${var.cidr_block}\"."
  }
}

variable "zone_count" {
  description = "In how many availability zones there is a private subnet. SageMaker spreads an endpoint's instances over them."
  type        = number
  default     = 2

  validation {
    condition     = var.zone_count >= 2 && var.zone_count <= 4 && floor(var.zone_count) == var.zone_count
    error_message = "zone_count is ${var.zone_count}, but must be 2, 3 or 4: SageMaker wants subnets in at least two zones."
  }
}

variable "interface_endpoints" {
  description = "AWS services that containers reach without leaving the network, by the last part of the VPC endpoint service's name."
  type        = set(string)
  default     = ["ecr.api", "ecr.dkr", "kms", "logs", "sagemaker.runtime", "sts"]
}
