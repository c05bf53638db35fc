locals {
  # What each release is made under. An older entry has no settings: it is made under those of the environment at that
  # time, and keeps them, as its model and endpoint config ignore changes.
  current_settings = {
    network          = var.network
    networkIsolation = var.network_isolation
    kmsKeyArn        = var.kms_key_arn
    dataCapture      = var.data_capture
  }
  settings = { for id, release in var.releases : id => release.spec.settings == null ? local.current_settings : release.spec.settings }

  # The execution role serves each declared release, and the next one. What an older entry was made under is not known
  # here, so its permissions stay until it is retired.
  older_releases = [for id, release in var.releases : id if release.spec.settings == null]
  all_settings   = concat([local.current_settings], values(local.settings))
  joins_network  = length(local.older_releases) > 0 || anytrue([for settings in local.all_settings : settings.network != null])
  captures_data  = length(local.older_releases) > 0 || anytrue([for settings in local.all_settings : settings.dataCapture != null])

  # The keys that captured data may be written with.
  capture_key_arns = distinct(concat([local.own_key_arn, local.kms_key_arn], values(local.release_key_arns)))

  other_settings = {
    for id, settings in local.settings : id => [
      for name, value in settings : name if jsonencode(value) != jsonencode(local.current_settings[name])
    ]
  }
}
