# The ARNs of what an environment owns, narrow enough that "prod" never reaches "prod-eu": a release id is 12 characters
# (one ? each), and everything else is named in full.
locals {
  # Roles of other accounts may have the same path, or none.
  role_prefixes = distinct(["role/", "role${var.role_path}"])

  release_ids = "????????????"

  arns = {
    for name, environment in var.environments : name => {
      endpoint         = "arn:${local.partition}:sagemaker:${environment.region}:${var.account}:endpoint/${local.endpoint_names[name]}"
      models           = "arn:${local.partition}:sagemaker:${environment.region}:${var.account}:model/${local.endpoint_names[name]}-${local.release_ids}"
      endpoint_configs = "arn:${local.partition}:sagemaker:${environment.region}:${var.account}:endpoint-config/${local.endpoint_names[name]}-${local.release_ids}"
      alarms = [
        for kind in ["5xx", "4xx", "latency-p99", "abort"] :
        "arn:${local.partition}:cloudwatch:${environment.region}:${var.account}:alarm:${local.endpoint_names[name]}-${local.release_ids}-${kind}"
      ]
      # Application Auto Scaling makes these for a target tracking policy, in the name of whoever puts the policy.
      scaling_alarms   = "arn:${local.partition}:cloudwatch:${environment.region}:${var.account}:alarm:TargetTracking-endpoint/${local.endpoint_names[name]}/variant/primary-*"
      scalable_targets = "arn:${local.partition}:application-autoscaling:${environment.region}:${var.account}:scalable-target/*"
      dashboard        = "arn:${local.partition}:cloudwatch::${var.account}:dashboard/${local.endpoint_names[name]}"
      log_group        = "arn:${local.partition}:logs:${environment.region}:${var.account}:log-group:/aws/sagemaker/Endpoints/${local.endpoint_names[name]}"
      topic            = "arn:${local.partition}:sns:${environment.region}:${var.account}:${local.endpoint_names[name]}-notifications"
      event_rule       = "arn:${local.partition}:events:${environment.region}:${var.account}:rule/${local.endpoint_names[name]}-deployment"
      execution_role   = "arn:${local.partition}:iam::${var.account}:role${var.role_path}${local.endpoint_names[name]}-execution"
      keys             = "arn:${local.partition}:kms:${environment.region}:${var.account}:key/*"
      any_keys         = "arn:${local.partition}:kms:${environment.region}:*:key/*"
      key_alias        = "arn:${local.partition}:kms:${environment.region}:${var.account}:alias/${local.endpoint_names[name]}"
      capture_bucket   = "arn:${local.partition}:s3:::${local.capture_buckets[name]}"
      state            = "${aws_s3_bucket.state.arn}/${local.state_keys[name]}"
      facts            = "${aws_s3_bucket.state.arn}/${local.ledger_prefixes[name]}*"
    }
  }

  state_keys = { for name in keys(var.environments) : name => "${var.service}/${name}/terraform.tfstate" }

  # Where the actions write the ledger of an environment.
  ledger_prefix   = "ledger/${var.service}/"
  ledger_prefixes = { for name in keys(var.environments) : name => "${local.ledger_prefix}${name}/" }

  # Environment and name of a fact. One * would also match ledger/ledger/terraform.tfstate, a state of the service "ledger".
  all_facts = "${aws_s3_bucket.state.arn}/${local.ledger_prefix}*/*"

  # As the inference-endpoint module names it.
  capture_buckets = {
    for name, endpoint in local.endpoint_names : name => (
      length("${endpoint}-${var.account}-capture") <= 63
      ? "${endpoint}-${var.account}-capture"
      : "${trimsuffix(substr(endpoint, 0, 33), "-")}-${substr(sha256(endpoint), 0, 8)}-${var.account}-capture"
    )
  }
}
