variable "password" {
  type      = string
  sensitive = true
  default   = "first-password"
}

resource "terraform_data" "one" {
  input = { user = "ada", password = var.password, deep = [{ token = var.password, open = 1 }] }
}

resource "terraform_data" "copied" {
  input = "postgres://ada@example.com"
}
