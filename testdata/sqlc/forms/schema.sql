CREATE TYPE color AS ENUM ('red', 'green', 'dark-blue');
CREATE TYPE size AS ENUM ('S', 'M', 'L');
CREATE DOMAIN percent AS numeric(5, 2) CHECK (VALUE >= 0);

CREATE TABLE makers (
    id uuid PRIMARY KEY DEFAULT '00000000-0000-0000-0000-000000000007',
    name text NOT NULL,
    home inet,
    seen timestamptz[]
);

CREATE TABLE items (
    id bigserial PRIMARY KEY,
    maker uuid REFERENCES makers,
    name varchar(40) NOT NULL,
    shade color,
    sizes size[] NOT NULL DEFAULT '{}',
    others color[],
    price numeric(12, 3),
    prices numeric[] NOT NULL DEFAULT '{}',
    off percent,
    refs uuid[] NOT NULL DEFAULT '{}',
    stocked boolean,
    opens time,
    made date,
    sold timestamp,
    lasts interval,
    weight double precision,
    count integer,
    small smallint,
    flags boolean[],
    blob bytea,
    extra jsonb NOT NULL DEFAULT '{}',
    plain json,
    net cidr,
    mac macaddr,
    span int4range,
    period tstzrange,
    days datemultirange,
    place point,
    mask bit varying(8),
    document xml,
    grid integer[][],
    code char(3) NOT NULL DEFAULT 'abc',
    chars "char",
    blobs bytea[],
    texts varchar[]
);

CREATE TABLE parts (
    id serial PRIMARY KEY,
    item bigint REFERENCES items,
    label text,
    shade color,
    fits boolean,
    weight double precision,
    count integer,
    small smallint,
    extra jsonb
);
