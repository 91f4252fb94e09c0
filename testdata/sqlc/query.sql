-- name: GetAuthor :one
SELECT id, name, bio, feeling, born, joined, balance, details, active, height, level FROM authors WHERE id = $1 LIMIT 1;

-- name: ListAuthors :many
SELECT id, name, bio FROM authors ORDER BY name;

-- name: CreateAuthor :one
INSERT INTO authors (name, bio, feeling, born, details) VALUES ($1, $2, $3, $4, $5) RETURNING *;

-- name: SetBalance :execrows
UPDATE authors SET balance = $2 WHERE id = $1;

-- name: DeleteAuthor :exec
DELETE FROM authors WHERE id = $1;

-- name: ByMoods :many
SELECT * FROM authors WHERE feeling = ANY(sqlc.arg(moods)::mood[]) AND name LIKE sqlc.arg(pattern) ORDER BY id;

-- name: ByIDs :many
SELECT id, name FROM authors WHERE id = ANY($1::bigint[]) ORDER BY id;

-- name: Update :execresult
UPDATE authors SET tags = $2, scores = $3, token = $4, photo = $5, span = $6, height = $7 WHERE id = $1;

-- name: Find :many
SELECT * FROM authors WHERE bio = sqlc.narg(bio) OR sqlc.narg(bio) IS NULL ORDER BY id;

-- name: Stats :one
SELECT count(*) AS n, sum(level)::bigint AS levels, max(joined)::timestamptz AS last FROM authors;

-- name: CopyAuthors :copyfrom
INSERT INTO authors (name, bio, level, tags) VALUES ($1, $2, $3, $4);

-- name: Raise :batchexec
UPDATE authors SET level = level + $2 WHERE id = $1;

-- name: LevelOf :batchone
SELECT level FROM authors WHERE id = $1;

-- name: Above :batchmany
SELECT name FROM authors WHERE level > $1 ORDER BY name;
