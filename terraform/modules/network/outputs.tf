output "network" {
  description = "Goes as it is into \"network\" of an environment's environment.json."
  value = {
    subnetIds        = aws_subnet.private[*].id
    securityGroupIds = [aws_security_group.containers.id]
  }
}

output "vpc_id" {
  description = "The VPC, for peering or for endpoints of your own."
  value       = aws_vpc.this.id
}
