variable "password" {
  type      = string
  sensitive = true
  default   = "second-password"
}

resource "terraform_data" "one" {
  input = { user = "bob", password = var.password, deep = [{ token = var.password, open = 2 }] }
}

# Not marked, and yet the same secret.
resource "terraform_data" "copied" {
  input = "postgres://ada:${nonsensitive(var.password)}@example.com"
}

output "password" {
  value     = var.password
  sensitive = true
}
