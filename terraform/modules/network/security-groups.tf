resource "aws_security_group" "containers" {
  name        = "${var.name}-containers"
  description = "Inference containers: out to AWS services by HTTPS, nothing in"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-containers" }
}

resource "aws_vpc_security_group_egress_rule" "containers_to_endpoints" {
  security_group_id            = aws_security_group.containers.id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "containers_to_s3" {
  security_group_id = aws_security_group.containers.id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Interface endpoints: HTTPS from inference containers"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_containers" {
  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.containers.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
