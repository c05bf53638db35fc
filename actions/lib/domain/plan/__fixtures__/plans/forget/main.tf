removed {
  from = terraform_data.forgotten
  lifecycle {
    destroy = false
  }
}
