variable "instance_count" {
  type    = number
  default = 1
}

resource "terraform_data" "one" {
  lifecycle {
    precondition {
      condition     = var.instance_count >= 2
      error_message = "A canary needs at least two instances."
    }
  }
}
