-- The tables of a new database. The app reads records; checksums it writes as well.
CREATE TABLE IF NOT EXISTS downloads (
    id             text        PRIMARY KEY,
    bucket         text        NOT NULL,
    objects        jsonb       NOT NULL,
    name           text,
    callback       text,
    password       text,
    custom_headers jsonb,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS egress_crc_cache (id VARCHAR(64) NOT NULL PRIMARY KEY, crc32 BIGINT NOT NULL, added_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS egress_crc_cache_added_at ON egress_crc_cache (added_at);
