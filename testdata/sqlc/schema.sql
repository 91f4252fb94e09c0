CREATE TYPE mood AS ENUM ('sad', 'happy');

CREATE TABLE authors (
    id bigserial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    bio text,
    feeling mood NOT NULL DEFAULT 'happy',
    born date,
    joined timestamptz NOT NULL DEFAULT '2024-01-02 03:04:05+00',
    balance numeric(10, 2) NOT NULL DEFAULT 0,
    tags text[] NOT NULL DEFAULT '{}',
    scores integer[],
    details jsonb,
    token uuid,
    photo bytea,
    active boolean NOT NULL DEFAULT true,
    height real,
    level smallint NOT NULL DEFAULT 1,
    span interval
);
