module example.org/begins

go 1.26
