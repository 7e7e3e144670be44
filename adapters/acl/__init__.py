"""The anti-corruption layer: foreign systems' words end here, one folder for each system."""
