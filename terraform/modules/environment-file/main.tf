# What only the text of environment.json tells. The parser in actions/lib/domain/environment refuses the same before
# anything is planned; here it is refused before the provider is configured.
locals {
  document = try(jsondecode(var.text), null)

  # Every JSON string in order, so that a colon inside a string is never taken for one behind a key.
  key_token = "\"(?:[^\"\\\\]|\\\\.)*\"(\\s*:)?"
  key_count = length([for token in regexall(local.key_token, var.text) : token if token[0] != null])
  read_keys = length([for token in regexall(local.key_token, jsonencode(local.document)) : token if token[0] != null])

  # The keys by their place; null where the place takes any of several forms, which only the parser tells apart.
  known_keys = {
    "" = [
      "$schema", "formatVersion", "service", "account", "region", "promotionOrder", "retainReleases", "swap", "alarms", "smoke",
      "autoscaling", "network", "networkIsolation", "kmsKeyArn", "dataCapture", "replay", "logRetentionDays", "notifications",
      "visibleEnvironmentKeys", "tags", "iam", "probes", "unprotected", "rollbackApproval",
      "publishBoard",
    ]
    iam                      = ["rolePath", "permissionsBoundaryArn", "executionRoleArn", "executionPolicyFile", "roles"]
    "iam.roles"              = ["plan", "build", "apply", "deploy", "replay"]
    alarms                   = ["serverErrors", "clientErrors", "latencyP99"]
    "alarms.serverErrors"    = ["threshold", "periodSeconds", "evaluationPeriods", "datapointsToAlarm"]
    "alarms.clientErrors"    = ["threshold", "periodSeconds", "evaluationPeriods", "datapointsToAlarm"]
    "alarms.latencyP99"      = ["thresholdMilliseconds", "periodSeconds", "evaluationPeriods", "datapointsToAlarm"]
    autoscaling              = ["minInstances", "maxInstances", "invocationsPerInstance", "scaleInCooldownSeconds", "scaleOutCooldownSeconds", "schedules"]
    "autoscaling.schedules." = ["name", "expression", "timezone", "minInstances", "maxInstances"]
    network                  = ["subnetIds", "securityGroupIds"]
    dataCapture              = ["samplingPercentage", "retentionDays"]
    replay                   = ["rows", "hours", "visibleLabels"]
    notifications            = ["snsTopicArn"]
    probes                   = ["intervalSeconds", "latencyRatio", "errorPercentagePoints", "whenInconclusive"]
  }
  optional_keys = concat(
    ["$schema", "timezone", "tags", "iam", "probes", "unprotected", "rollbackApproval", "publishBoard", "datapointsToAlarm", "replay", "visibleLabels"],
    local.known_keys.iam, local.known_keys["iam.roles"], local.known_keys.probes,
  )

  # Only the workflow "Replay" reads these; null where there is no replay.
  replay = try(local.document.replay, null)
  replay_sizes = local.replay == null ? [] : [
    for bound in [{ key = "rows", most = 10000 }, { key = "hours", most = 168 }] :
    can(regex("^[0-9]+$", jsonencode(local.replay[bound.key]))) ? local.replay[bound.key] >= 1 && local.replay[bound.key] <= bound.most : false
  ]
  replay_labels = jsonencode(try(local.replay.visibleLabels, []))

  # Tags by which the product knows what is its own.
  reserved_tags = ["Service", "Environment", "ManagedBy", "Release", "Commit"]
  tags          = try(local.document.tags, {})

  found_keys = merge(
    { "" = [try(keys(local.document), null)] },
    { for place in ["alarms", "autoscaling", "network", "dataCapture", "replay", "notifications", "iam", "probes"] : place => [try(keys(local.document[place]), null)] },
    { "iam.roles" = [try(keys(local.document.iam.roles), null)] },
    { for kind in local.known_keys.alarms : "alarms.${kind}" => [try(keys(local.document.alarms[kind]), null)] },
    { "autoscaling.schedules." = [for schedule in try(local.document.autoscaling.schedules, []) : try(keys(schedule), null)] },
  )
  unknown_keys = flatten([
    for place, objects in local.found_keys : [
      for found in objects : [for key in setsubtract(coalesce(found, []), local.known_keys[place]) : trimprefix("${place}.${key}", ".")]
    ]
  ])
  missing_keys = flatten([
    for place, objects in local.found_keys : [
      for found in objects : found == null ? [] : [
        for key in setsubtract(local.known_keys[place], concat(found, local.optional_keys)) : trimprefix("${place}.${key}", ".")
      ]
    ]
  ])
}
