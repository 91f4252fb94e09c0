module example.org/unsafe_pointer

go 1.26
