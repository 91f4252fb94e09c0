// So that functions may have their bodies elsewhere.
