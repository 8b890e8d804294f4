"""People who need someone: the lists that uses of data led back to care, for the clinicians who care for them."""
