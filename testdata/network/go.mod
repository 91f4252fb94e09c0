module example.org/network

go 1.26
