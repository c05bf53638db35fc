resource "terraform_data" "one" {
  inputs = "first"
}
