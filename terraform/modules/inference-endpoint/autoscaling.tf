locals {
  # There is nothing to scale before the first release.
  autoscaling = var.live == null ? null : var.autoscaling
}

# The bounds, for replace_triggered_by below.
resource "terraform_data" "capacity_bounds" {
  count = local.autoscaling == null ? 0 : 1

  input = { min = local.autoscaling.minInstances, max = local.autoscaling.maxInstances }
}

resource "aws_appautoscaling_target" "variant" {
  count = local.autoscaling == null ? 0 : 1

  service_namespace  = "sagemaker"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this[0].name}/variant/${local.variant_name}"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  min_capacity       = local.autoscaling.minInstances
  max_capacity       = local.autoscaling.maxInstances

  lifecycle {
    # Schedules change the bounds, and a plan must not undo that. Bounds that change in environment.json
    # register the target again instead, which keeps the running instances.
    ignore_changes       = [min_capacity, max_capacity]
    replace_triggered_by = [terraform_data.capacity_bounds]
  }
}

resource "aws_appautoscaling_policy" "invocations" {
  count = local.autoscaling == null ? 0 : 1

  name               = "${local.endpoint_name}-invocations"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.variant[0].service_namespace
  resource_id        = aws_appautoscaling_target.variant[0].resource_id
  scalable_dimension = aws_appautoscaling_target.variant[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = local.autoscaling.invocationsPerInstance
    scale_in_cooldown  = local.autoscaling.scaleInCooldownSeconds
    scale_out_cooldown = local.autoscaling.scaleOutCooldownSeconds

    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }

  lifecycle {
    # Deregistering a target takes its policies with it.
    replace_triggered_by = [aws_appautoscaling_target.variant]
  }
}

resource "aws_appautoscaling_scheduled_action" "bounds" {
  for_each = local.autoscaling == null ? {} : { for schedule in local.autoscaling.schedules : schedule.name => schedule }

  name               = "${local.endpoint_name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.variant[0].service_namespace
  resource_id        = aws_appautoscaling_target.variant[0].resource_id
  scalable_dimension = aws_appautoscaling_target.variant[0].scalable_dimension
  schedule           = each.value.expression
  timezone           = each.value.timezone

  scalable_target_action {
    min_capacity = each.value.minInstances
    max_capacity = each.value.maxInstances
  }

  lifecycle {
    replace_triggered_by = [aws_appautoscaling_target.variant]
  }
}
