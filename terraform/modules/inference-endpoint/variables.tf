variable "service" {
  description = "The inference API. First part of every name; also the name of its image repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])+$", var.service)) && length(var.service) <= 32
    error_message = "service must be 2 to 32 lower-case letters, digits and single hyphens, but is \"${var.service}\"."
  }
}

variable "name" {
  description = "The environment: the name of its folder under environments/. Second part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9](-?[a-z0-9])*$", var.name))
    error_message = "name must be lower-case letters, digits and single hyphens, but is \"${var.name}\"; rename the folder under environments/."
  }

  # 63 characters is SageMaker's limit for endpoint config and model names; a release id takes 13 with its hyphen.
  validation {
    condition     = length("${var.service}-${var.name}") + 13 <= 63
    error_message = "\"${var.service}-${var.name}\" with a release id makes names longer than SageMaker's 63 characters; shorten service or the folder's name to 50 characters in all."
  }
}

variable "region" {
  description = "The AWS region of the environment; an image whose registry does not say its region is looked for here."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region such as eu-central-1, but is \"${var.region}\"."
  }
}

variable "releases" {
  description = "Every release that can be served, by id, as release.json lists them. An id is the first 12 hex digits of the SHA-256 of the canonical JSON of its spec."
  type = map(object({
    spec = object({
      image                 = string
      model                 = object({ uri = string, digest = string })
      instanceType          = string
      instanceCount         = number
      environment           = map(string)
      startupTimeoutSeconds = number
    })
    source = object({
      commit       = string
      createdAt    = string
      promotedFrom = optional(string)
    })
  }))
  nullable = false

  validation {
    condition = alltrue([
      for id, release in var.releases : id == substr(sha256(jsonencode(release.spec)), 0, 12)
    ])
    error_message = "These releases do not match their content: ${join(", ", [
      for id, release in var.releases : "${id} (its spec has the id ${substr(sha256(jsonencode(release.spec)), 0, 12)})"
      if id != substr(sha256(jsonencode(release.spec)), 0, 12)
    ])}. A release is never edited: put its old spec back and add the new one with `npm run release -- add`."
  }

  validation {
    condition = alltrue([
      for release in values(var.releases) : can(regex("^[a-zA-Z0-9.-]+(:[0-9]+)?/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$", release.spec.image))
    ])
    error_message = "Every spec.image must be given by digest, as REGISTRY/REPOSITORY@sha256:DIGEST: a tag can move, a digest cannot. Look at ${join(", ", [
      for id, release in var.releases : "${id} (${release.spec.image})"
      if !can(regex("^[a-zA-Z0-9.-]+(:[0-9]+)?/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$", release.spec.image))
    ])}."
  }

  validation {
    condition = alltrue([
      for release in values(var.releases) : release.spec.model == null ? true : can(regex("^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([^\\s]*/)?$", release.spec.model.uri))
    ])
    error_message = "Every spec.model.uri must be an S3 prefix that ends in /, as s3://BUCKET/PREFIX/."
  }

  validation {
    condition = alltrue([
      for release in values(var.releases) : release.spec.instanceCount >= 1 && floor(release.spec.instanceCount) == release.spec.instanceCount
    ])
    error_message = "Every spec.instanceCount must be a whole number of at least 1."
  }

  validation {
    condition = alltrue([
      for release in values(var.releases) : can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9-]+$", release.spec.instanceType))
    ])
    error_message = "Every spec.instanceType must be a SageMaker instance type such as ml.m5.large."
  }

  # 60 to 3600 s: ContainerStartupHealthCheckTimeoutInSeconds in the SageMaker API model.
  validation {
    condition = alltrue([
      for release in values(var.releases) : release.spec.startupTimeoutSeconds >= 60 && release.spec.startupTimeoutSeconds <= 3600
    ])
    error_message = "Every spec.startupTimeoutSeconds must be from 60 to 3600 seconds."
  }

  # 100 entries is SageMaker's limit (EnvironmentMap in the API model), and RELEASE_ID is one of them.
  validation {
    condition = alltrue([
      for release in values(var.releases) : length(release.spec.environment) <= 99 && alltrue([
        for key in keys(release.spec.environment) : can(regex("^[a-zA-Z_][a-zA-Z0-9_]*$", key)) && length(key) <= 1024 && key != "RELEASE_ID" && !startswith(key, "AWS_")
      ])
    ])
    error_message = "Every spec.environment must have at most 99 entries, named with letters, digits and _, none of them RELEASE_ID or starting with AWS_: the platform sets those."
  }
}

variable "live" {
  description = "The id of the release that the endpoint is created with; null before the first release. Later changes are routed by the deploy action, never by Terraform."
  type        = string
  default     = null

  validation {
    condition     = var.live == null ? true : contains(keys(var.releases), var.live)
    error_message = "live is \"${coalesce(var.live, "null")}\", which is not among the releases (${length(var.releases) == 0 ? "there is none" : join(", ", keys(var.releases))}). Set it to one of them in release.json, or add the missing release with `npm run release -- add`."
  }
}

variable "alarms" {
  description = "Alarms that watch the fleet of one release each, as environment.json describes them; null turns one off. During a swap any of them rolls the swap back."
  type = object({
    serverErrors = optional(object({ threshold = number, periodSeconds = number, evaluationPeriods = number, datapointsToAlarm = optional(number) }))
    clientErrors = optional(object({ threshold = number, periodSeconds = number, evaluationPeriods = number, datapointsToAlarm = optional(number) }))
    latencyP99   = optional(object({ thresholdMilliseconds = number, periodSeconds = number, evaluationPeriods = number, datapointsToAlarm = optional(number) }))
  })
  nullable = false

  validation {
    condition = alltrue([
      for alarm in [var.alarms.serverErrors, var.alarms.clientErrors, var.alarms.latencyP99] :
      alarm == null ? true : (contains([10, 30], alarm.periodSeconds) || (alarm.periodSeconds >= 60 && alarm.periodSeconds % 60 == 0)) && alarm.evaluationPeriods >= 1
    ])
    error_message = "Every alarm needs a periodSeconds of 10, 30 or a multiple of 60, and evaluationPeriods of at least 1."
  }

  validation {
    condition = alltrue(concat(
      [for alarm in [var.alarms.serverErrors, var.alarms.clientErrors] : alarm == null ? true : alarm.threshold >= 1],
      [var.alarms.latencyP99 == null ? true : var.alarms.latencyP99.thresholdMilliseconds > 0],
    ))
    error_message = "Error alarms need a threshold of at least 1 answer, and latencyP99 a thresholdMilliseconds above 0: a lower one would be in alarm for ever."
  }

  validation {
    condition = alltrue([
      for alarm in [var.alarms.serverErrors, var.alarms.clientErrors, var.alarms.latencyP99] :
      alarm == null ? true : coalesce(alarm.datapointsToAlarm, 1) >= 1 && coalesce(alarm.datapointsToAlarm, 1) <= alarm.evaluationPeriods
    ])
    error_message = "datapointsToAlarm must be at least 1 and at most evaluationPeriods."
  }
}

variable "autoscaling" {
  description = "Target tracking on invocations per instance and minute, with optional schedules that move the bounds; null keeps the release's instance count. It belongs to the endpoint's variant, so it survives swaps."
  type = object({
    minInstances            = number
    maxInstances            = number
    invocationsPerInstance  = number
    scaleInCooldownSeconds  = number
    scaleOutCooldownSeconds = number
    schedules = optional(list(object({
      name         = string
      expression   = string
      timezone     = optional(string, "UTC")
      minInstances = number
      maxInstances = number
    })), [])
  })
  default = null

  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.minInstances >= 1 && var.autoscaling.minInstances <= var.autoscaling.maxInstances
    error_message = "autoscaling needs 1 <= minInstances <= maxInstances: a real-time endpoint cannot scale to zero."
  }

  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.invocationsPerInstance > 0 && var.autoscaling.scaleInCooldownSeconds >= 0 && var.autoscaling.scaleOutCooldownSeconds >= 0
    error_message = "autoscaling needs invocationsPerInstance above 0, and cooldowns of at least 0 seconds."
  }

  validation {
    condition = var.autoscaling == null ? true : alltrue([
      for schedule in var.autoscaling.schedules : can(regex("^(cron|rate|at)\\(.+\\)$", schedule.expression)) && schedule.minInstances >= 1 && schedule.minInstances <= schedule.maxInstances
    ])
    error_message = "Every schedule needs an expression as cron(...), rate(...) or at(...), and 1 <= minInstances <= maxInstances."
  }

  validation {
    condition     = var.autoscaling == null ? true : length(distinct(var.autoscaling.schedules[*].name)) == length(var.autoscaling.schedules)
    error_message = "Two schedules have the same name; a schedule is known by its name."
  }
}

variable "network" {
  description = "Private subnets and security groups for the containers of new releases; null leaves them in the network that SageMaker provides."
  type        = object({ subnetIds = list(string), securityGroupIds = list(string) })
  default     = null

  validation {
    condition     = var.network == null ? true : length(distinct(var.network.subnetIds)) >= 2 && length(var.network.securityGroupIds) >= 1 && length(var.network.securityGroupIds) <= 5
    error_message = "network needs at least two subnets, in different zones, and one to five security groups."
  }
}

variable "network_isolation" {
  description = "Whether containers of new releases get neither network nor credentials. SageMaker still brings them their model."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "The KMS key for volumes, logs, captured data and notifications; null makes one for this environment. A key of your own must let CloudWatch, CloudWatch Logs and EventBridge of this account use it."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias: \"${coalesce(var.kms_key_arn, "null")}\"."
  }
}

variable "data_capture" {
  description = "How many percent of the requests and answers of new releases are kept, and for how many days; null captures nothing."
  type        = object({ samplingPercentage = number, retentionDays = number })
  default     = null

  validation {
    condition     = var.data_capture == null ? true : var.data_capture.samplingPercentage >= 1 && var.data_capture.samplingPercentage <= 100 && var.data_capture.retentionDays >= 1
    error_message = "data_capture needs a samplingPercentage from 1 to 100 and retentionDays of at least 1."
  }
}

variable "log_retention_days" {
  description = "How many days the containers' logs are kept."
  type        = number
  default     = 30
  nullable    = false

  # PutRetentionPolicy of CloudWatch Logs accepts these; 0 (for ever) is not allowed.
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days is ${var.log_retention_days}, which CloudWatch Logs does not offer; take 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "notification_topic_arn" {
  description = "The SNS topic for alarms and failed deployments; null makes one for this environment."
  type        = string
  default     = null

  validation {
    condition     = var.notification_topic_arn == null ? true : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.notification_topic_arn))
    error_message = "notification_topic_arn must be the ARN of an SNS topic, but is \"${coalesce(var.notification_topic_arn, "null")}\"."
  }
}

variable "permissions_boundary" {
  description = "The name of the IAM policy that bounds the execution role, whoever edits the role; null for none. The bootstrap makes SERVICE-execution-boundary, and the apply role may create no role without it."
  type        = string
  default     = null
}
