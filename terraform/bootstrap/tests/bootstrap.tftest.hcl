# Names and switches. What the policies allow and deny is tested with a policy simulator, on the documents that the real
# provider renders.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_vpc_endpoint_service" {
    defaults = { availability_zones = ["eu-central-1a", "eu-central-1c", "eu-central-1d"] }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b"] }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mock" }
  }
}

variables {
  service = "onnx-inference"
  account = "123456789012"
  region  = "eu-central-1"
  environments = {
    dev        = { region = "eu-central-1" }
    production = { region = "eu-west-1" }
  }
  github = { owner = "acme", repository = "models" }
}

run "names_what_the_environments_expect" {
  command = plan

  assert {
    condition     = output.state_bucket == "onnx-inference-123456789012-state" && output.model_bucket == "onnx-inference-123456789012-models"
    error_message = "The buckets must be named after service and account."
  }

  assert {
    condition     = aws_iam_role.plan.name == "onnx-inference-plan" && aws_iam_role.apply["production"].name == "onnx-inference-production-apply" && aws_iam_role.deploy["dev"].name == "onnx-inference-dev-deploy" && aws_iam_role.build[0].name == "onnx-inference-build"
    error_message = "The roles must be named after service, environment and purpose."
  }

  assert {
    condition     = aws_iam_policy.execution_boundary.name == "onnx-inference-execution-boundary"
    error_message = "The environments name the boundary SERVICE-execution-boundary."
  }
}

run "keeps_states_versioned_and_private" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The state bucket must be versioned and encrypted."
  }

  assert {
    condition     = alltrue([for block in [aws_s3_bucket_public_access_block.state, aws_s3_bucket_public_access_block.models[0]] : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "No bucket may ever be public."
  }
}

# Its states are below ledger/ too: ledger/ENV/terraform.tfstate, beside the facts at ledger/ledger/ENV/NUMBER.json.
run "takes_no_state_for_a_fact_in_a_service_named_ledger" {
  command = plan

  override_resource {
    target          = aws_s3_bucket.state
    override_during = plan
    values          = { arn = "arn:aws:s3:::state" }
  }

  variables {
    service      = "ledger"
    environments = { ledger = { region = "eu-central-1" } }
  }

  assert {
    condition     = alltrue([for key in ["ledger/00000001.json", "removed/00000001.json"] : can(regex("^${replace(local.all_facts, "*", ".*")}$", "arn:aws:s3:::state/ledger/ledger/${key}"))])
    error_message = "The bucket's policy must keep the facts, also of environments that are gone."
  }

  assert {
    condition     = !can(regex("^${replace(local.all_facts, "*", ".*")}$", local.arns["ledger"].state))
    error_message = "The bucket's policy must let Terraform write its states."
  }
}

run "never_expires_a_tagged_image" {
  command = plan

  assert {
    condition     = aws_ecr_repository.service[0].image_tag_mutability == "IMMUTABLE" && one(aws_ecr_repository.service[0].image_scanning_configuration).scan_on_push
    error_message = "Tags must be immutable, and images be scanned."
  }

  assert {
    condition     = alltrue([for rule in jsondecode(aws_ecr_lifecycle_policy.service[0].policy).rules : rule.selection.tagStatus == "untagged"])
    error_message = "A rule that reaches tagged images could expire the digest of a release."
  }
}

run "trusts_the_classic_subject_alone_without_ids" {
  command = plan

  assert {
    condition     = local.trusted_subjects["apply/dev"] == ["repo:acme/models:environment:dev"]
    error_message = "Without ids there is only the classic form."
  }

  assert {
    condition     = local.trusted_subjects["plan"] == ["repo:acme/models:pull_request", "repo:acme/models:ref:refs/heads/main", "repo:acme/models:environment:automation"] && local.trusted_subjects["build"] == ["repo:acme/models:ref:refs/heads/main"]
    error_message = "Pull requests plan, the branch plans and builds, and promotions read in the environment automation."
  }
}

run "compares_the_workflow_in_the_partition_aws_and_where_it_is_told" {
  command = plan

  assert {
    condition     = local.has_workflow_claims && local.trusted_workflows["apply"] == ["apply.yml"] && local.trusted_workflows["deploy"] == ["swap.yml", "rollback.yml"]
    error_message = "The partition aws compares the workflow file, and each role trusts its own."
  }
}

run "reads_captured_requests_only_where_a_replay_is_on" {
  command = plan

  variables {
    environments = {
      dev        = { region = "eu-central-1" }
      production = { region = "eu-west-1", replay = true }
    }
  }

  assert {
    condition     = keys(aws_iam_role.replay) == ["production"] && aws_iam_role.replay["production"].name == "onnx-inference-production-replay"
    error_message = "There must be a role for the environment with a replay, and for no other."
  }

  assert {
    condition     = local.trusted_subjects["replay/production"] == ["repo:acme/models:environment:production"] && local.trusted_workflows["replay"] == ["replay.yml"]
    error_message = "It must trust the workflow that replays, in its environment."
  }
}

run "leaves_the_workflow_out_where_it_is_told" {
  command = plan

  variables {
    github = { owner = "acme", repository = "models", workflow_claims = false }
  }

  assert {
    condition     = !local.has_workflow_claims
    error_message = "github.workflow_claims = false must leave the conditions out."
  }
}

run "trusts_the_immutable_subject_too_with_ids" {
  command = plan

  variables {
    github = { owner = "acme", repository = "models", owner_id = "101", repository_id = "202", branch = "trunk" }
  }

  assert {
    condition     = local.trusted_subjects["deploy/production"] == ["repo:acme/models:environment:production", "repo:acme@101/models@202:environment:production"]
    error_message = "With ids both forms must be trusted."
  }

  assert {
    condition     = local.trusted_subjects["build"] == ["repo:acme/models:ref:refs/heads/trunk", "repo:acme@101/models@202:ref:refs/heads/trunk"]
    error_message = "The branch must be the one that is deployed."
  }
}

run "uses_the_oidc_provider_that_an_account_has" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account can have only one provider for an issuer."
  }
}

run "leaves_the_artifacts_to_another_account" {
  command = plan

  variables {
    artifacts         = null
    artifacts_account = "210987654321"
  }

  assert {
    condition     = length(aws_ecr_repository.service) == 0 && length(aws_s3_bucket.models) == 0 && length(aws_iam_role.build) == 0 && output.model_bucket == "onnx-inference-210987654321-models"
    error_message = "Without artifacts there must be no repository, no model bucket and no build role here."
  }
}

run "makes_a_network_where_one_is_asked_for" {
  command = plan

  variables {
    network = { zone_count = 2 }
  }

  assert {
    condition     = length(module.network) == 1
    error_message = "The network must be made."
  }
}

run "makes_no_network_unless_told" {
  command = plan

  assert {
    condition     = length(module.network) == 0 && output.network == null
    error_message = "Most accounts need none."
  }
}

run "refuses_a_repository_with_a_wildcard" {
  command = plan

  variables {
    github = { owner = "acme", repository = "*" }
  }

  expect_failures = [var.github]
}

run "refuses_an_owner_with_a_wildcard" {
  command = plan

  variables {
    github = { owner = "ac*", repository = "models" }
  }

  expect_failures = [var.github]
}

run "refuses_a_branch_with_a_wildcard" {
  command = plan

  variables {
    github = { owner = "acme", repository = "models", branch = "*" }
  }

  expect_failures = [var.github]
}

run "refuses_one_id_without_the_other" {
  command = plan

  variables {
    github = { owner = "acme", repository = "models", owner_id = "101" }
  }

  expect_failures = [var.github]
}

run "refuses_an_account_without_environments" {
  command = plan

  variables {
    environments = {}
  }

  expect_failures = [var.environments]
}

run "refuses_names_that_iam_would_not_take" {
  command = plan

  variables {
    environments = { an-environment-with-a-name-of-forty-chars-x = { region = "eu-central-1" } }
  }

  expect_failures = [var.environments]
}

run "refuses_artifacts_from_nowhere" {
  command = plan

  variables {
    artifacts = null
  }

  expect_failures = [var.artifacts_account]
}

run "refuses_an_account_id_that_is_none" {
  command = plan

  variables {
    account = "acme"
  }

  expect_failures = [var.account]
}

run "refuses_somebody_elses_oidc_provider" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
  }

  expect_failures = [var.oidc_provider_arn]
}

run "refuses_a_service_that_ecr_would_not_take" {
  command = plan

  variables {
    service = "a"
  }

  expect_failures = [var.service]
}

run "makes_names_of_the_longest_service_and_environment_that_aws_takes" {
  command = plan

  variables {
    service      = "a-service-with-a-name-of-32-char"
    environments = { "and-17-characters" = { region = "eu-central-1" } }
    network      = {}
  }

  assert {
    condition     = alltrue([for role in concat([aws_iam_role.plan, aws_iam_role.build[0]], values(aws_iam_role.apply), values(aws_iam_role.deploy)) : length(role.name) <= 64])
    error_message = "A role's name has at most 64 characters."
  }

  assert {
    condition     = alltrue([for bucket in concat([output.state_bucket, output.model_bucket], values(local.capture_buckets)) : length(bucket) <= 63])
    error_message = "A bucket's name has at most 63 characters."
  }
}

run "names_services_by_their_usual_name_outside_china" {
  command = plan

  assert {
    condition     = toset(flatten([for statement in data.aws_iam_policy_document.write["dev"].statement : [for condition in statement.condition : condition.values if condition.variable == "kms:ViaService"]])) == toset([for service in ["logs", "s3", "sagemaker", "sns"] : "${service}.eu-central-1.amazonaws.com"])
    error_message = "A service must be named SERVICE.REGION.amazonaws.com."
  }
}

run "names_services_by_both_of_their_names_in_china" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }

  variables {
    region       = "cn-north-1"
    environments = { dev = { region = "cn-north-1" } }
  }

  assert {
    condition     = toset(flatten([for statement in data.aws_iam_policy_document.deploy["dev"].statement : [for condition in statement.condition : condition.values if condition.variable == "kms:ViaService"]])) == toset(["sagemaker.cn-north-1.amazonaws.com", "sagemaker.cn-north-1.amazonaws.com.cn"])
    error_message = "KMS may report either name."
  }

  assert {
    condition     = startswith(local.arns["dev"].endpoint, "arn:aws-cn:sagemaker:cn-north-1:") && startswith(local.repository_arn, "arn:aws-cn:ecr:")
    error_message = "ARNs must be of the partition."
  }
}
