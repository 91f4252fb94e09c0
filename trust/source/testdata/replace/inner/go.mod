module example.org/inner

go 1.26
