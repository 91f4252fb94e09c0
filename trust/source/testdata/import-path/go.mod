module runtime/evil

go 1.26
