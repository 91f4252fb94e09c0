module example.org/corners

go 1.26
