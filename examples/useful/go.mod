module github.com/pgstd/pgstd/examples/useful

go 1.26.0

require github.com/pgstd/pgstd v0.0.0

replace github.com/pgstd/pgstd => ../..
