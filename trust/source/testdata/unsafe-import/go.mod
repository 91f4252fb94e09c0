module example.org/unsafe_import

go 1.26
