module example.org/replace

go 1.26

require (
	example.org/inner v0.0.0
	example.org/outer v0.0.0
)

replace example.org/inner => ./inner

replace example.org/outer => ../unsafe-import // want "example.org/outer is replaced by ../unsafe-import: outside of the module"
