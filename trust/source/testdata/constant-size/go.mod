module example.org/constant_size

go 1.26
