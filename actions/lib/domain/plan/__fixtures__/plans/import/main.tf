resource "terraform_data" "found" {}

import {
  to = terraform_data.found
  id = "00000000-aaaa-bbbb-cccc-000000000000"
}
