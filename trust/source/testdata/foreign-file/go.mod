module example.org/foreign_file

go 1.26
