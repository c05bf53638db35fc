resource "terraform_data" "nested" {
  for_each = toset(["a"])

  provisioner "local-exec" {
    when    = destroy
    command = "true"
  }
}
