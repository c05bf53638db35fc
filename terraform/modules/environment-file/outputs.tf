output "environment" {
  description = "The file's content, as it was written."
  value       = local.document

  precondition {
    condition     = can(keys(local.document))
    error_message = "environment.json is not a JSON object."
  }

  # Terraform takes the last of two equal keys.
  precondition {
    condition     = local.key_count == local.read_keys
    error_message = "environment.json has a key twice in one object: ${local.key_count} keys are written, and ${local.read_keys} are read. Remove one of the two."
  }

  precondition {
    condition     = length(local.unknown_keys) == 0
    error_message = "environment.json has keys that nothing reads: ${join(", ", local.unknown_keys)}. Correct their names, or remove them."
  }

  precondition {
    condition     = length(local.missing_keys) == 0
    error_message = "environment.json lacks ${join(", ", local.missing_keys)}. Add them, with null where the setting is off."
  }

  precondition {
    condition     = local.replay == null || try(local.document.dataCapture, null) != null
    error_message = "replay needs dataCapture: without captured requests there is nothing to ask."
  }

  precondition {
    condition     = alltrue(local.replay_sizes) && can(regex("^\\[(\"([^\"\\\\]|\\\\.)+\",?)*\\]$", local.replay_labels)) && length(jsondecode(local.replay_labels)) <= 100
    error_message = "replay needs whole rows from 1 to 10000 and whole hours from 1 to 168; its visibleLabels are at most 100 texts."
  }

  # A number would lose the zeros in front, and Terraform would make a text of it.
  precondition {
    condition     = can(regex("^\"[0-9]{12}\"$", jsonencode(try(local.document.account, null))))
    error_message = "account must be an AWS account id: 12 digits in quotes."
  }

  # Only the workflows take these roles.
  precondition {
    condition = !can(local.document.iam.roles) || can(keys(local.document.iam.roles)) && alltrue([
      for arn in try(values(local.document.iam.roles), []) :
      can(regex("^\"arn:aws[a-z-]*:iam::${local.document.account}:role/[!-~]+\"$", jsonencode(arn)))
    ])
    error_message = "iam.roles must be ARNs of IAM roles in the account ${try(local.document.account, "of the environment")}."
  }

  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html
  precondition {
    condition = can(keys(local.tags)) && length(local.tags) <= 40 && alltrue([
      for key, value in local.tags :
      can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{1,128}$", key)) && !contains(local.reserved_tags, key) && !startswith(lower(key), "aws:") &&
      can(regex("^\"", jsonencode(value))) && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]{0,256}$", value))
    ])
    error_message = "tags must be at most 40 texts by keys of 1 to 128 letters, digits, spaces and _ . : / = + - @, none of them starting with aws: or being one of the product's (${join(", ", local.reserved_tags)})."
  }
}
