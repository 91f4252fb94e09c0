module example.org/kit_internal

go 1.26
