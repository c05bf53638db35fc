locals {
  # SageMaker writes to this group by its name.
  log_group_name = "/aws/sagemaker/Endpoints/${local.endpoint_name}"

  # A search finds every fleet that has reported, so blue and green are lines of their own, and the dashboard stays as it
  # is when releases come and go.
  fleet_search = "SEARCH('{AWS/SageMaker,EndpointConfigName,EndpointName,VariantName} EndpointName=\"${local.endpoint_name}\" MetricName=\"%s\"', '%s', 60)"

  dashboard_graphs = [
    { title = "Invocations by release", metric = "Invocations", statistic = "Sum", unit = "Count" },
    { title = "p99 model latency by release (microseconds)", metric = "ModelLatency", statistic = "p99", unit = "Microseconds" },
    { title = "5XX answers by release", metric = "Invocation5XXErrors", statistic = "Sum", unit = "Count" },
    { title = "4XX answers by release", metric = "Invocation4XXErrors", statistic = "Sum", unit = "Count" },
    { title = "p50 model latency by release (microseconds)", metric = "ModelLatency", statistic = "p50", unit = "Microseconds" },
    { title = "p99 overhead latency by release (microseconds)", metric = "OverheadLatency", statistic = "p99", unit = "Microseconds" },
  ]
}

resource "aws_cloudwatch_log_group" "endpoint" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
}

resource "aws_cloudwatch_dashboard" "endpoint" {
  dashboard_name = local.endpoint_name

  dashboard_body = jsonencode({
    widgets = concat(
      [
        for index, graph in local.dashboard_graphs : {
          type   = "metric"
          x      = (index % 2) * 12
          y      = floor(index / 2) * 6
          width  = 12
          height = 6
          properties = {
            title  = graph.title
            region = var.region
            view   = "timeSeries"
            yAxis  = { left = { min = 0 } }
            metrics = [[{
              expression = format(local.fleet_search, graph.metric, graph.statistic)
              id         = "fleets"
              label      = "$${PROP('Dim.EndpointConfigName')}"
            }]]
          }
        }
      ],
      [
        {
          type   = "metric"
          x      = 0
          y      = ceil(length(local.dashboard_graphs) / 2) * 6
          width  = 12
          height = 6
          properties = {
            title  = "Invocations per instance (both fleets)"
            region = var.region
            view   = "timeSeries"
            yAxis  = { left = { min = 0 } }
            metrics = [
              ["AWS/SageMaker", "InvocationsPerInstance", "EndpointName", local.endpoint_name, "VariantName", local.variant_name, { stat = "Sum", period = 60 }],
            ]
          }
        },
        {
          type   = "metric"
          x      = 12
          y      = ceil(length(local.dashboard_graphs) / 2) * 6
          width  = 12
          height = 6
          properties = {
            title  = "CPU and memory of the instances (percent, both fleets)"
            region = var.region
            view   = "timeSeries"
            yAxis  = { left = { min = 0 } }
            metrics = [
              ["/aws/sagemaker/Endpoints", "CPUUtilization", "EndpointName", local.endpoint_name, "VariantName", local.variant_name, { stat = "Maximum", period = 60 }],
              ["/aws/sagemaker/Endpoints", "MemoryUtilization", "EndpointName", local.endpoint_name, "VariantName", local.variant_name, { stat = "Maximum", period = 60 }],
            ]
          }
        },
      ],
    )
  })
}
