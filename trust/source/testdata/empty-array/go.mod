module example.org/empty_array

go 1.26
