# A check only warns: between a merge and the end of its swap, Git and the endpoint differ by design.
check "git_and_endpoint_agree" {
  assert {
    condition = alltrue([
      for endpoint in aws_sagemaker_endpoint.this : endpoint.endpoint_config_name == local.release_names[var.live]
    ])
    error_message = "The endpoint ${local.endpoint_name} serves ${join("", aws_sagemaker_endpoint.this[*].endpoint_config_name)}, but release.json says that ${var.live == null ? "nothing" : local.release_names[var.live]} is live. Terraform does not route: the deploy action does after the merge. If no deployment is due, somebody has changed the endpoint by hand; run the deploy or the rollback workflow."
  }
}

check "releases_use_the_settings_of_the_environment" {
  assert {
    condition = alltrue([for id, names in local.other_settings : length(names) == 0])
    error_message = "Some releases of ${local.endpoint_name} are made under other settings than environment.json has now, and keep them: ${join("; ", [
      for id, names in local.other_settings : "${id} (${join(", ", names)})" if length(names) > 0
    ])}. The settings of environment.json take effect with the next release that `npm run release -- add` or a promotion adds. When these releases are retired, the execution role loses what only they need."
  }
}
