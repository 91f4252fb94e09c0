module example.org/types

go 1.26
