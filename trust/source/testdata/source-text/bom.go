package a // want "an invisible character .U.FEFF."
