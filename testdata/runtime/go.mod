module example.org/runtimetest

go 1.26
