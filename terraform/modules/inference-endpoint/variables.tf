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
    error_message = "\"${var.service}-${var.name}\" has ${length("${var.service}-${var.name}")} characters and may have 50: a release id follows, and SageMaker's names have at most 63. Shorten service or the folder's name."
  }
}

variable "region" {
  description = "The AWS region of the environment; an image whose registry does not say its region is looked for here."
  type        = string

  validation {
    condition     = contains(keys(local.regions), var.region)
    error_message = "region must be an AWS region that hosts SageMaker endpoints, such as eu-central-1, but is \"${var.region}\" (aws/regions.json has the list and its date)."
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
      # What the release is made under, for as long as it can serve; absent in older entries.
      settings = optional(object({
        network          = object({ subnetIds = list(string), securityGroupIds = list(string) })
        networkIsolation = bool
        kmsKeyArn        = string
        dataCapture      = object({ samplingPercentage = number, retentionDays = number })
      }))
    })
    source = object({
      commit       = string
      createdAt    = string
      promotedFrom = optional(string)
    })
  }))
  nullable = false

  # As releaseIdOf hashes them: an entry from before there were settings has none to hash.
  validation {
    condition = alltrue([
      for id, release in var.releases : id == substr(sha256(jsonencode({ for key, value in release.spec : key => value if !(key == "settings" && value == null) })), 0, 12)
    ])
    error_message = "These releases do not match their content: ${join(", ", [
      for id, release in var.releases : "${id} (its spec has the id ${substr(sha256(jsonencode({ for key, value in release.spec : key => value if !(key == "settings" && value == null) })), 0, 12)})"
      if id != substr(sha256(jsonencode({ for key, value in release.spec : key => value if !(key == "settings" && value == null) })), 0, 12)
    ])}. A release is never edited: put its old spec back and add the new one with `npm run release -- add`."
  }

  validation {
    condition = alltrue([for release in values(var.releases) : can(regex(local.image_pattern, release.spec.image))])
    error_message = "Every spec.image must be given by digest, as REGISTRY/REPOSITORY@sha256:DIGEST: a tag can move, a digest cannot. Look at ${join(", ", [
      for id, release in var.releases : "${id} (${release.spec.image})" if !can(regex(local.image_pattern, release.spec.image))
    ])}."
  }

  # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html (Image)
  validation {
    condition = alltrue([
      for release in values(var.releases) : try(regex("^[0-9]{12}\\.dkr\\.ecr(?:-fips)?\\.([a-z0-9-]+)\\.", release.spec.image)[0], var.region) == var.region
    ])
    error_message = "Every image must be in ${var.region}, the region of the endpoint: SageMaker takes none from another region. Build it for a service of its own in this region. Look at ${join(", ", [
      for id, release in var.releases : "${id} (${release.spec.image})"
      if try(regex("^[0-9]{12}\\.dkr\\.ecr(?:-fips)?\\.([a-z0-9-]+)\\.", release.spec.image)[0], var.region) != var.region
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
    condition     = alltrue([for release in values(var.releases) : can(regex(local.instance_type_pattern, release.spec.instanceType))])
    error_message = "Every spec.instanceType must be a SageMaker instance type such as ml.m5.large."
  }

  validation {
    condition     = alltrue([for release in values(var.releases) : !can(regex(local.arm_pattern, release.spec.instanceType))])
    error_message = "Every spec.instanceType must have x86 processors, as ml.m5.large has: the image is built for linux/amd64."
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
      alarm == null ? true : (contains([10, 30], alarm.periodSeconds) || (alarm.periodSeconds >= 60 && alarm.periodSeconds <= 86400 && alarm.periodSeconds % 60 == 0))
    ])
    error_message = "Every alarm needs a periodSeconds of 10, 30 or a multiple of 60 up to 86400."
  }

  # PutMetricAlarm: periods below an hour add up to a day at most, longer ones to seven days.
  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
  validation {
    condition = alltrue([
      for alarm in [var.alarms.serverErrors, var.alarms.clientErrors, var.alarms.latencyP99] :
      alarm == null ? true : (
        alarm.evaluationPeriods >= 1 && alarm.evaluationPeriods <= 100 && floor(alarm.evaluationPeriods) == alarm.evaluationPeriods &&
        alarm.periodSeconds * alarm.evaluationPeriods <= (alarm.periodSeconds < 3600 ? 86400 : 604800)
      )
    ])
    error_message = "Every alarm needs evaluationPeriods from 1 to 100 that add up to a day at most, and to seven days with periods of an hour or more."
  }

  validation {
    condition = alltrue(concat(
      [for alarm in [var.alarms.serverErrors, var.alarms.clientErrors] : alarm == null ? true : alarm.threshold >= 1 && floor(alarm.threshold) == alarm.threshold],
      [var.alarms.latencyP99 == null ? true : var.alarms.latencyP99.thresholdMilliseconds > 0],
    ))
    error_message = "Error alarms need a whole threshold of at least 1 answer, and latencyP99 a thresholdMilliseconds above 0: a lower one would be in alarm for ever."
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
    condition = var.autoscaling == null ? true : alltrue([
      for bounds in concat([var.autoscaling], var.autoscaling.schedules) :
      bounds.minInstances >= 1 && bounds.minInstances <= bounds.maxInstances &&
      floor(bounds.minInstances) == bounds.minInstances && floor(bounds.maxInstances) == bounds.maxInstances
    ])
    error_message = "autoscaling and each of its schedules need whole numbers with 1 <= minInstances <= maxInstances: a real-time endpoint cannot scale to zero."
  }

  validation {
    condition = var.autoscaling == null ? true : var.autoscaling.invocationsPerInstance > 0 && alltrue([
      for seconds in [var.autoscaling.scaleInCooldownSeconds, var.autoscaling.scaleOutCooldownSeconds] :
      seconds >= 0 && seconds <= 86400 && floor(seconds) == seconds
    ])
    error_message = "autoscaling needs invocationsPerInstance above 0, and cooldowns from 0 to 86400 whole seconds."
  }

  validation {
    condition = var.autoscaling == null ? true : alltrue([
      for schedule in var.autoscaling.schedules :
      can(regex("^rate\\([1-9][0-9]* (?:minute|hour|day)s?\\)$", schedule.expression)) ||
      can(timeadd("${regex(local.at_pattern, schedule.expression)[0]}Z", "0s")) ||
      try((regex(local.cron_pattern, schedule.expression)[0] == "?") != (regex(local.cron_pattern, schedule.expression)[1] == "?"), false)
    ])
    error_message = "Every schedule needs an expression as rate(VALUE UNIT), at(YYYY-MM-DDThh:mm:ss) with an existing date and time, or cron with the six fields minutes, hours, day of month, month, day of week and year, of which either the day of month or the day of week is ?."
  }

  # With a time zone other than UTC a time counts as passed twelve hours later, when it has passed in each time zone.
  validation {
    condition = var.autoscaling == null ? true : alltrue([
      for schedule in var.autoscaling.schedules : try(timecmp(timeadd("${regex(local.at_pattern, schedule.expression)[0]}Z", schedule.timezone == "UTC" ? "0h" : "12h"), plantimestamp()) > 0, true)
    ])
    error_message = "A schedule's at(...) has passed, and Application Auto Scaling takes no action of the past: remove the schedule from environment.json, or give it another time."
  }

  validation {
    condition = var.autoscaling == null ? true : alltrue([for schedule in var.autoscaling.schedules : contains(local.time_zones, schedule.timezone)])
    error_message = "Every schedule's timezone must be the name of one of IANA's time zones, such as Europe/Berlin or UTC: ${join(", ", [
      for schedule in try(var.autoscaling.schedules, []) : "\"${schedule.timezone}\"" if !contains(local.time_zones, schedule.timezone)
    ])}."
  }

  validation {
    condition     = var.autoscaling == null ? true : length(distinct(var.autoscaling.schedules[*].name)) == length(var.autoscaling.schedules) && alltrue([for name in var.autoscaling.schedules[*].name : can(regex("^[a-zA-Z0-9-]{1,64}$", name))])
    error_message = "Every schedule needs a name of its own of 1 to 64 letters, digits and hyphens: a schedule is known by its name."
  }
}

variable "network" {
  description = "Private subnets and security groups for the containers of new releases; null leaves them in the network that SageMaker provides."
  type        = object({ subnetIds = list(string), securityGroupIds = list(string) })
  default     = null

  validation {
    condition = var.network == null ? true : (
      length(distinct(var.network.subnetIds)) == length(var.network.subnetIds) &&
      length(var.network.subnetIds) >= 2 && length(var.network.subnetIds) <= 16 &&
      alltrue([for id in var.network.subnetIds : can(regex("^subnet-[0-9a-f]+$", id))])
    )
    error_message = "network needs 2 to 16 subnets, each once, by their ids, in different zones."
  }

  validation {
    condition = var.network == null ? true : (
      length(distinct(var.network.securityGroupIds)) == length(var.network.securityGroupIds) &&
      length(var.network.securityGroupIds) >= 1 && length(var.network.securityGroupIds) <= 5 &&
      alltrue([for id in var.network.securityGroupIds : can(regex("^sg-[0-9a-f]+$", id))])
    )
    error_message = "network needs one to five security groups, each once, by their ids."
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
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias: \"${coalesce(var.kms_key_arn, "null")}\"."
  }

  validation {
    condition     = var.kms_key_arn == null ? true : startswith(var.kms_key_arn, "arn:${lookup(local.regions, var.region, "aws")}:kms:${var.region}:")
    error_message = "kms_key_arn must be a key in the region of the environment, ${var.region}: \"${coalesce(var.kms_key_arn, "null")}\"."
  }
}

variable "data_capture" {
  description = "How many percent of the requests and answers of new releases are kept, and for how many days; null captures nothing."
  type        = object({ samplingPercentage = number, retentionDays = number })
  default     = null

  validation {
    condition     = var.data_capture == null ? true : var.data_capture.samplingPercentage >= 1 && var.data_capture.samplingPercentage <= 100 && floor(var.data_capture.samplingPercentage) == var.data_capture.samplingPercentage && var.data_capture.retentionDays >= 1 && var.data_capture.retentionDays <= 3650 && floor(var.data_capture.retentionDays) == var.data_capture.retentionDays
    error_message = "data_capture needs a whole samplingPercentage from 1 to 100 and whole retentionDays from 1 to 3650."
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
    condition     = var.notification_topic_arn == null ? true : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]{1,256}$", var.notification_topic_arn))
    error_message = "notification_topic_arn must be the ARN of an SNS topic, but is \"${coalesce(var.notification_topic_arn, "null")}\"."
  }

  validation {
    condition     = var.notification_topic_arn == null ? true : startswith(var.notification_topic_arn, "arn:${lookup(local.regions, var.region, "aws")}:sns:${var.region}:")
    error_message = "notification_topic_arn must be a topic in the region of the environment, ${var.region}: \"${coalesce(var.notification_topic_arn, "null")}\"."
  }
}

variable "permissions_boundary" {
  description = "The policy that bounds the execution role, whoever edits the role: its ARN, or the name of one of this account; null for none. The bootstrap makes SERVICE-execution-boundary, and the apply role may create no role without it."
  type        = string
  default     = null
}

variable "role_path" {
  description = "The path of the execution role."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-~]{1,510}/)?$", var.role_path))
    error_message = "role_path must start and end with /, such as /ml/, but is \"${var.role_path}\"."
  }
}

variable "execution_role_arn" {
  description = "An existing role that new releases run with; null for the execution role that is made here. That one always exists: older releases run with it."
  type        = string
  default     = null

  validation {
    condition     = var.execution_role_arn == null ? true : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]+$", var.execution_role_arn))
    error_message = "execution_role_arn must be the ARN of an IAM role, but is \"${coalesce(var.execution_role_arn, "null")}\"."
  }
}

variable "execution_policy" {
  description = "An IAM policy document with further statements for the execution role; its boundary still bounds them."
  type        = string
  default     = null

  validation {
    condition     = var.execution_policy == null ? true : can([for statement in jsondecode(var.execution_policy).Statement : statement.Effect])
    error_message = "execution_policy must be an IAM policy document: a JSON object with a list of statements under \"Statement\"."
  }
}
