module example.org/boundary

go 1.26
