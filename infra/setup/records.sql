-- The tables of a new database. The app reads records. It writes links, checksums, deliveries, exports, manifests, and the records that its API
-- creates.
CREATE TABLE IF NOT EXISTS downloads (
    id             text        PRIMARY KEY,
    bucket         text        NOT NULL,
    objects        jsonb       NOT NULL,
    name           text,
    callback       text,
    password       text,
    custom_headers jsonb,
    checksum_file  boolean,
    created_at     timestamptz NOT NULL DEFAULT now()
);
-- Adds the column to tables that earlier versions created.
ALTER TABLE downloads ADD COLUMN IF NOT EXISTS checksum_file boolean;
CREATE TABLE IF NOT EXISTS egress_crc_cache (id VARCHAR(64) NOT NULL PRIMARY KEY, crc32 BIGINT NOT NULL, added_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS egress_crc_cache_added_at ON egress_crc_cache (added_at);
CREATE TABLE IF NOT EXISTS egress_sha256_cache (id VARCHAR(64) NOT NULL PRIMARY KEY, sha256 VARCHAR(64) NOT NULL, added_at BIGINT NOT NULL);
CREATE INDEX IF NOT EXISTS egress_sha256_cache_added_at ON egress_sha256_cache (added_at);
CREATE TABLE IF NOT EXISTS egress_links (
    link_key        VARCHAR(64) NOT NULL PRIMARY KEY,
    id              TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    created_by      VARCHAR(64),
    expires_at      BIGINT,
    revoked_at      BIGINT,
    revoked_by      VARCHAR(64),
    downloads_used  BIGINT NOT NULL DEFAULT 0,
    bytes_delivered BIGINT NOT NULL DEFAULT 0,
    last_at         BIGINT,
    last_status     VARCHAR(16),
    last_reason     VARCHAR(32),
    last_bytes      BIGINT,
    repetition_key  VARCHAR(64) UNIQUE,
    body_digest     VARCHAR(64),
    summary         TEXT,
    max_downloads   BIGINT,
    budget_version  BIGINT NOT NULL DEFAULT 0,
    budget          TEXT,
    callback_state  VARCHAR(16),
    callback_attempts BIGINT,
    callback_answer TEXT
);
CREATE INDEX IF NOT EXISTS egress_links_created_at ON egress_links (created_at);
CREATE TABLE IF NOT EXISTS egress_deliveries (id VARCHAR(64) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, due_at BIGINT NOT NULL, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS egress_deliveries_due_at ON egress_deliveries (due_at);
CREATE TABLE IF NOT EXISTS egress_exports (id VARCHAR(64) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, due_at BIGINT NOT NULL, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS egress_exports_due_at ON egress_exports (due_at);
CREATE TABLE IF NOT EXISTS egress_export_parts (
    id       VARCHAR(64)  NOT NULL,
    part     INTEGER      NOT NULL,
    length   BIGINT       NOT NULL,
    tag      VARCHAR(200) NOT NULL,
    added_at BIGINT       NOT NULL,
    PRIMARY KEY (id, part)
);
CREATE INDEX IF NOT EXISTS egress_export_parts_added_at ON egress_export_parts (added_at);
CREATE TABLE IF NOT EXISTS egress_manifests (
    id         VARCHAR(64) NOT NULL,
    part       INTEGER     NOT NULL,
    data       BYTEA       NOT NULL,
    expires_at BIGINT      NOT NULL,
    PRIMARY KEY (id, part)
);
CREATE INDEX IF NOT EXISTS egress_manifests_expires_at ON egress_manifests (expires_at);
