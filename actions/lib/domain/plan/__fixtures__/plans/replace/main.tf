resource "terraform_data" "one" {
  input            = "kept"
  triggers_replace = ["b"]
}
