resource "terraform_data" "gone" {}
resource "terraform_data" "old" {}
