module example.org/source_text

go 1.26
