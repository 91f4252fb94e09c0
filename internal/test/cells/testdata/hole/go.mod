module example.org/hole

go 1.26
