terraform {
  required_providers {
    nowhere = {
      source = "example.com/acme/nowhere"
    }
  }
}
