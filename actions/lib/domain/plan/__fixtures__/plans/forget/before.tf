resource "terraform_data" "forgotten" {}
