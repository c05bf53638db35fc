resource "terraform_data" "one" {
  input = "first"
}

resource "terraform_data" "two" {
  input = { name = "second", sizes = [1, 2, 3] }
}

output "one" {
  value = terraform_data.one.output
}
