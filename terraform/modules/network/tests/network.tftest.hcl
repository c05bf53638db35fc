mock_provider "aws" {
  mock_data "aws_vpc_endpoint_service" {
    defaults = { availability_zones = ["eu-central-1a", "eu-central-1c", "eu-central-1d"] }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
}

variables {
  name   = "onnx-inference"
  region = "eu-central-1"
}

run "spreads_private_subnets_over_zones" {
  command = plan

  variables {
    zone_count = 3
  }

  assert {
    condition     = aws_subnet.private[*].availability_zone == ["eu-central-1a", "eu-central-1b", "eu-central-1c"] && aws_subnet.private[*].cidr_block == ["10.42.0.0/22", "10.42.4.0/22", "10.42.8.0/22"]
    error_message = "Each zone must have a subnet of its own."
  }
}

run "keeps_the_other_subnets_when_a_zone_is_added" {
  command = plan

  assert {
    condition     = aws_subnet.private[*].cidr_block == ["10.42.0.0/22", "10.42.4.0/22"]
    error_message = "The first two subnets must be those that three zones have too."
  }
}

run "reaches_aws_without_a_way_out" {
  command = plan

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-central-1.s3"
    error_message = "S3 must be reached by a gateway endpoint."
  }

  assert {
    condition     = toset([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.service_name]) == toset([for service in ["ecr.api", "ecr.dkr", "kms", "logs", "sagemaker.runtime", "sts"] : "com.amazonaws.eu-central-1.${service}"]) && alltrue([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.private_dns_enabled && endpoint.vpc_endpoint_type == "Interface"])
    error_message = "Registry, keys, logs, runtime and STS must be reached by interface endpoints under their usual names."
  }

  assert {
    condition     = alltrue([for rule in [aws_vpc_security_group_egress_rule.containers_to_endpoints, aws_vpc_security_group_egress_rule.containers_to_s3, aws_vpc_security_group_ingress_rule.endpoints_from_containers] : rule.from_port == 443 && rule.to_port == 443 && rule.ip_protocol == "tcp" && rule.cidr_ipv4 == null])
    error_message = "Only HTTPS, and only between containers, endpoints and S3."
  }
}

run "refuses_one_zone" {
  command = plan

  variables {
    zone_count = 1
  }

  expect_failures = [var.zone_count]
}

run "refuses_more_zones_than_the_region_has" {
  command = plan

  variables {
    zone_count = 4
  }

  expect_failures = [aws_vpc.this]
}

run "refuses_a_block_that_is_none" {
  command = plan

  variables {
    cidr_block = "10.42.0.0/28"
  }

  expect_failures = [var.cidr_block]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "frankfurt"
  }

  expect_failures = [var.region]
}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Onnx"
  }

  expect_failures = [var.name]
}

run "names_the_endpoints_as_they_are_named_in_china" {
  command = plan

  variables {
    region = "cn-north-1"
  }

  assert {
    condition     = aws_vpc_endpoint.s3.service_name == "com.amazonaws.cn-north-1.s3"
    error_message = "The gateway endpoint of S3 has the same name everywhere."
  }

  assert {
    condition = toset(values(aws_vpc_endpoint.interface)[*].service_name) == toset([
      "cn.com.amazonaws.cn-north-1.ecr.api",
      "cn.com.amazonaws.cn-north-1.ecr.dkr",
      "cn.com.amazonaws.cn-north-1.sagemaker.runtime",
      "cn.com.amazonaws.cn-north-1.sts",
      "com.amazonaws.cn-north-1.kms",
      "com.amazonaws.cn-north-1.logs",
    ])
    error_message = "Only KMS and CloudWatch Logs have no cn in front."
  }
}

run "puts_interface_endpoints_only_where_their_service_is" {
  command = plan

  override_data {
    target = data.aws_vpc_endpoint_service.interface["kms"]
    values = { availability_zones = ["eu-central-1d"] }
  }

  expect_failures = [aws_vpc_endpoint.interface["kms"]]
}
