resource "terraform_data" "one" {
  input = { name = "first", sizes = [1, 2, 3] }
}
