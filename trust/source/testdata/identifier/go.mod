module example.org/identifier

go 1.26
