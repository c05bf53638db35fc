variable "service" {
  description = "The inference API: first part of every name, and the name of the image repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])+$", var.service)) && length(var.service) <= 32
    error_message = "service must be 2 to 32 lower-case letters, digits and single hyphens, but is \"${var.service}\"."
  }
}

variable "account" {
  description = "The AWS account this is meant for; with credentials of another one nothing is done."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "account must be an AWS account id of 12 digits, but is \"${var.account}\"."
  }
}

variable "region" {
  description = "Where the state bucket, the model bucket and the image repository live."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2,4}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region such as eu-central-1, but is \"${var.region}\"."
  }
}

variable "environments" {
  description = "The environments of this account, by the name of their folder, with the region of each, the role that its releases run with where that is an existing one, and whether captured requests are replayed."
  type        = map(object({ region = string, execution_role_arn = optional(string), replay = optional(bool, false) }))

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in keys(var.environments) : can(regex("^[a-z0-9](-?[a-z0-9])*$", name))])
    error_message = "environments must name at least one folder under environments/, in lower-case letters, digits and single hyphens."
  }

  # The plan role holds one policy for each: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  validation {
    condition     = length(var.environments) <= 10
    error_message = "A service can have 10 environments in one account, but there are ${length(var.environments)}: IAM attaches 10 managed policies to a role, and the plan role has one for each environment. Move some to another account."
  }

  # A role's name has at most 64 characters, and the longest is SERVICE-ENV-execution.
  validation {
    condition     = alltrue([for name in keys(var.environments) : length("${var.service}-${name}") <= 50])
    error_message = "service and the name of an environment must have at most 50 characters in all; too long: ${join(", ", [for name in keys(var.environments) : "${var.service}-${name} (${length("${var.service}-${name}")})" if length("${var.service}-${name}") > 50])}."
  }
}

variable "github" {
  description = "The repository whose workflows may use the roles. With owner_id and repository_id the subjects of repositories created, renamed or moved after 15 July 2026 are trusted too."
  type = object({
    owner      = string
    repository = string
    branch     = optional(string, "main")
    # Whether STS compares the claims "ref" and "job_workflow_ref"; null: only in the partition "aws".
    workflow_claims = optional(bool)
    owner_id        = optional(string)
    repository_id   = optional(string)
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$", var.github.owner)) && can(regex("^[A-Za-z0-9._-]{1,100}$", var.github.repository))
    error_message = "github.owner and github.repository must be the two parts of OWNER/REPOSITORY, without wildcards: a * would trust others."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.github.branch))
    error_message = "github.branch must be the name of the branch that is deployed, without wildcards."
  }

  validation {
    condition     = (var.github.owner_id == null) == (var.github.repository_id == null) && can(regex("^[0-9]+$", coalesce(var.github.owner_id, "0"))) && can(regex("^[0-9]+$", coalesce(var.github.repository_id, "0")))
    error_message = "github.owner_id and github.repository_id are numbers and go together: `gh api repos/OWNER/REPOSITORY --jq '.owner.id, .id'` prints both."
  }
}

variable "oidc_provider_arn" {
  description = "The account's OIDC provider for token.actions.githubusercontent.com where it already has one, since there can be only one; null makes it."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null ? true : endswith(var.oidc_provider_arn, ":oidc-provider/token.actions.githubusercontent.com")
    error_message = "oidc_provider_arn must end in :oidc-provider/token.actions.githubusercontent.com."
  }
}

variable "artifacts" {
  description = "Makes the image repository, the model bucket and the build role in this account, and lets the other accounts pull from it; null where another account holds them."
  type        = object({ account_ids = optional(set(string), []) })
  default     = {}

  validation {
    condition     = var.artifacts == null ? true : alltrue([for id in var.artifacts.account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "artifacts.account_ids must be AWS account ids of 12 digits: the accounts of the environments that pull from here."
  }
}

variable "artifacts_account" {
  description = "The account that holds image repository and model bucket where that is another one."
  type        = string
  default     = null

  validation {
    condition     = (var.artifacts == null) == (var.artifacts_account != null)
    error_message = "Set artifacts_account exactly where artifacts is null: images and models come either from this account or from that one."
  }
}

variable "network" {
  description = "A private network for the account's endpoints; null where containers stay in the network that SageMaker provides, or have one already."
  type        = object({ cidr_block = optional(string, "10.42.0.0/20"), zone_count = optional(number, 2) })
  default     = null
}

variable "role_path" {
  description = "The path of every role."
  type        = string
  default     = "/"

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.role_path))
    error_message = "role_path must start and end with /, such as /ml/, but is \"${var.role_path}\"."
  }
}

variable "permissions_boundary_arn" {
  description = "The policy that bounds every role, execution roles included; null bounds execution roles alone, with the policy that is made here."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything that is made here, beside Service and ManagedBy."
  type        = map(string)
  default     = {}
}
