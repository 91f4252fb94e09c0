package a

// ‮thgir ot tfel‬ // want "an invisible character .U.202E."
