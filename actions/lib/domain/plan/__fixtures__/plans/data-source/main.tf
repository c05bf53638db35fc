resource "terraform_data" "one" {
  input = "second"
}

# Read only when the resource has been changed: a data source that shows up in the plan.
data "terraform_remote_state" "other" {
  backend = "local"
  config = {
    path = "${path.module}/other.tfstate"
  }
  depends_on = [terraform_data.one]
}

resource "terraform_data" "uses" {
  input = data.terraform_remote_state.other.outputs
}
