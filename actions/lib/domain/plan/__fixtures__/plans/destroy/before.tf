resource "terraform_data" "gone" {
  input = "first"
}

resource "terraform_data" "kept" {}
