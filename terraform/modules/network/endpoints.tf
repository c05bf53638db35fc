locals {
  # In China the names of most services start with cn, and those of a few don't:
  # https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts
  names_without_cn = ["kms", "logs"]

  endpoint_service_names = {
    for service in var.interface_endpoints : service => join("", [
      startswith(var.region, "cn-") && !contains(local.names_without_cn, service) ? "cn." : "",
      "com.amazonaws.${var.region}.${service}",
    ])
  }
}

# Image layers and models come from S3, which a gateway endpoint reaches at no cost.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]

  tags = { Name = "${var.name}-s3" }
}

# Not every service is in every zone, and an endpoint in a zone without its service is refused:
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
data "aws_vpc_endpoint_service" "interface" {
  for_each = local.endpoint_service_names

  service_name = each.value
  service_type = "Interface"
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.endpoint_service_names

  vpc_id              = aws_vpc.this.id
  service_name        = each.value
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids = [
    for subnet in aws_subnet.private : subnet.id
    if contains(data.aws_vpc_endpoint_service.interface[each.key].availability_zones, subnet.availability_zone)
  ]
  security_group_ids = [aws_security_group.endpoints.id]

  tags = { Name = "${var.name}-${replace(each.key, ".", "-")}" }

  lifecycle {
    precondition {
      condition     = length(setintersection(data.aws_vpc_endpoint_service.interface[each.key].availability_zones, aws_subnet.private[*].availability_zone)) > 0
      error_message = "${each.value} is offered in none of the zones of the network (${join(", ", aws_subnet.private[*].availability_zone)}), but in ${join(", ", data.aws_vpc_endpoint_service.interface[each.key].availability_zones)}. Set zone_count higher, or leave the service out of interface_endpoints."
    }
  }
}
