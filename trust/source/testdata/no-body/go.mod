module example.org/no_body

go 1.26
