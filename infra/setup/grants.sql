-- The permissions of the app's role. It may not create tables.
GRANT SELECT, INSERT ON downloads TO :role;
GRANT SELECT, INSERT, DELETE ON egress_crc_cache TO :role;
GRANT SELECT, INSERT, DELETE ON egress_sha256_cache TO :role;
GRANT SELECT, INSERT, UPDATE ON egress_links TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON egress_deliveries TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON egress_exports TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON egress_export_parts TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON egress_manifests TO :role;
