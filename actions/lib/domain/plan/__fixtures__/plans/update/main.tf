resource "terraform_data" "one" {
  input = { name = "renamed", sizes = [1, 3], more = true }
}
