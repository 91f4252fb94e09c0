module example.org/line_directive

go 1.26
