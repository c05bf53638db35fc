resource "terraform_data" "one" {}

resource "terraform_data" "two" {
  input = { fixed = "known", id = terraform_data.one.id, list = [{ id = terraform_data.one.id }, { id = "known" }] }
}
