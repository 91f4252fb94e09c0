module example.org/file_name

go 1.26
