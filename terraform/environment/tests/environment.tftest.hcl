# The same file in every environment: whatever stands in environment.json and release.json must plan, and under the names
# that the actions expect.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

run "plans_under_the_names_that_the_actions_expect" {
  command = plan

  assert {
    condition     = output.contract.endpointName == "${local.environment.service}-${basename(abspath(path.root))}"
    error_message = "The endpoint must be named after the service and the folder."
  }

  assert {
    condition     = { for id, release in output.contract.releases : id => release.endpointConfigName } == { for id in keys(local.release.releases) : id => "${local.environment.service}-${basename(abspath(path.root))}-${id}" }
    error_message = "Every release of release.json must have its endpoint config."
  }
}

run "keeps_its_state_apart_from_other_environments" {
  command = plan

  assert {
    condition     = strcontains(file("${path.root}/backend.hcl"), "\"${local.environment.service}/${basename(abspath(path.root))}/terraform.tfstate\"") && strcontains(file("${path.root}/backend.hcl"), "\"${local.environment.service}-${local.environment.account}-state\"")
    error_message = "backend.hcl does not belong to this environment. `npm run generate` writes it from environment.json."
  }
}
