"""The pages on which an admin changes what there is."""
