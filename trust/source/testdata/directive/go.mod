module example.org/directive

go 1.26
