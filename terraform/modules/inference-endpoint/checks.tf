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
    condition = alltrue(concat(
      [for model in values(aws_sagemaker_model.release) : coalesce(model.enable_network_isolation, false) == var.network_isolation],
      [for model in values(aws_sagemaker_model.release) : (try(length(model.vpc_config[0].subnets), 0) > 0) == (var.network != null)],
      [for config in values(aws_sagemaker_endpoint_configuration.release) : try(config.data_capture_config[0].enable_capture, false) == (var.data_capture != null)],
    ))
    error_message = "Some releases of ${local.endpoint_name} were made under other settings of network, isolation or data capture than environment.json has now. What may serve is never replaced: the settings reach the next release that is added with `npm run release -- add`."
  }
}
