variable "secret" {
  type      = string
  sensitive = true
  default   = "a-hidden-value"
}

# Its parameters make the provider start a program, or send what it knows elsewhere.
provider "aws" {
  region                      = "eu-central-1"
  shared_config_files         = ["${path.root}/none"]
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

module "inner" {
  source = "./module"
}

resource "terraform_data" "new" {
  input = var.secret

  provisioner "local-exec" {
    command = "true"
  }
}

resource "aws_iam_role_policy" "unknown" {
  role   = "a-role"
  policy = terraform_data.new.output
}

resource "aws_ssm_parameter" "write_only" {
  name             = "a-name"
  type             = "SecureString"
  value_wo         = var.secret
  value_wo_version = 1
}

ephemeral "aws_lambda_invocation" "run" {
  function_name = "a-function"
  payload       = terraform_data.new.id
}

check "reads" {
  data "terraform_remote_state" "other" {
    backend = "local"

    config = {
      path = "other.tfstate"
    }
  }

  assert {
    condition     = data.terraform_remote_state.other.outputs.name == "other"
    error_message = "another name"
  }
}

moved {
  from = terraform_data.old
  to   = terraform_data.renamed
}

resource "terraform_data" "renamed" {}

import {
  to = terraform_data.found
  id = "an-id"
}

resource "terraform_data" "found" {}

removed {
  from = terraform_data.gone

  lifecycle {
    destroy = true
  }

  provisioner "local-exec" {
    when    = destroy
    command = "true"
  }
}
