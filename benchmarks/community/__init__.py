"""A community that never was: works of known quality and raters of known taste, as Atelier would have kept them."""
