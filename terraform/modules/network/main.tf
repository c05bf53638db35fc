data "aws_availability_zones" "available" {
  state = "available"

  # Local zones and the like cannot hold SageMaker's instances.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true # private names of the interface endpoints need it

  tags = { Name = var.name }

  lifecycle {
    precondition {
      condition     = length(data.aws_availability_zones.available.names) >= var.zone_count
      error_message = "${var.region} offers ${length(data.aws_availability_zones.available.names)} availability zones, but zone_count asks for ${var.zone_count}."
    }
  }
}

resource "aws_subnet" "private" {
  count = var.zone_count

  vpc_id            = aws_vpc.this.id
  availability_zone = data.aws_availability_zones.available.names[count.index]
  # Four equal parts, as many of them used as there are zones: a zone more leaves the others as they are.
  cidr_block = cidrsubnet(var.cidr_block, 2, count.index)

  tags = { Name = "${var.name}-private-${count.index + 1}" }
}

# No route but the VPC's own and S3's: nothing gets out, so no NAT gateway is needed.
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private" }
}

resource "aws_route_table_association" "private" {
  count = var.zone_count

  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

# Nothing may use the group that every VPC comes with: without rules it lets nothing through.
resource "aws_default_security_group" "unused" {
  vpc_id = aws_vpc.this.id
}
