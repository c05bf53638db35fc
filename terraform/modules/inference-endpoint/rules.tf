# What the validations of variables.tf compare with. The parsers in actions/lib/domain have the same rules, read the same
# lists, and refuse a wrong file before anything is planned. Nothing here may depend on a variable: its own validation would
# wait for it.
locals {
  regions        = jsondecode(file("${path.module}/aws/regions.json")).regions
  time_zones     = jsondecode(file("${path.module}/aws/time-zones.json")).zones
  instance_types = jsondecode(file("${path.module}/aws/instance-types.json"))

  image_pattern         = "^[a-zA-Z0-9.-]+(:[0-9]+)?/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$"
  instance_type_pattern = "^ml\\.[a-z]{1,4}[0-9]{1,2}[a-z]*(?:-[a-z]+[0-9]+)?\\.(?:nano|micro|small|medium|large|[0-9]{0,3}xlarge)$"
  # Graviton (a g after the generation) and Grace (gb200): the image is built for linux/amd64.
  # https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
  arm_pattern = "^ml\\.(?:a1|[a-z]+[0-9]+g[a-z]*|[a-z0-9]+-gb[0-9]+)\\."

  # Fields of a cron expression: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html,
  # which Application Auto Scaling's guide refers to. schedule.ts has the same patterns.
  cron_values = {
    minutes  = "[0-5]?[0-9]"
    hours    = "(?:[01]?[0-9]|2[0-3])"
    days     = "(?:0?[1-9]|[12][0-9]|3[01])"
    months   = "(?:0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)"
    weekdays = "(?:[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)"
    years    = "(?:19[7-9][0-9]|2[01][0-9][0-9])"
  }
  cron_range = { for field, value in local.cron_values : field => "(?:\\*|${value}(?:-${value})?)(?:/[0-9]+)?" }
  cron_list  = { for field, range in local.cron_range : field => "${range}(?:,${range})*" }
  cron_pattern = join("", [
    "^cron\\(${local.cron_list.minutes}\\s+${local.cron_list.hours}\\s+",
    "(\\?|L|LW|${local.cron_values.days}W|${local.cron_list.days})\\s+${local.cron_list.months}\\s+",
    "(\\?|L|${local.cron_values.weekdays}L|${local.cron_values.weekdays}#[1-5]|${local.cron_list.weekdays})\\s+",
    "${local.cron_list.years}\\)$",
  ])
  at_pattern = "^at\\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\\)$"
}
