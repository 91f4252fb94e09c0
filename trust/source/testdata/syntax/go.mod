module example.org/syntax

go 1.26
