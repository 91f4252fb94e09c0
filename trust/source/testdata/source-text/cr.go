package a /**/ // want "a carriage return that ends no line"

