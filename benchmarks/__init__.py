"""How fast, how quick to begin and how large Atelier is, measured on the machine at hand."""
