"""What holds for every world: properties over drawn small ones."""
