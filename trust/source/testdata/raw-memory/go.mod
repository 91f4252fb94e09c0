module example.org/raw_memory

go 1.26
