using Azure.Core;
using Egress.Records.Redis.Exports;
using Egress.Records.Redis.Links;
using Egress.Records.Redis.Roles;
using Egress.Records.Urls;

namespace Egress.Records.Redis;

/// <summary>The kind of record store in Redis and compatible databases.</summary>
internal sealed class RedisKind : IRecordStoreKind
{
    /// <inheritdoc/>
    public string Name => "Redis";

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes => ["redis", "rediss"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Forms => ["redis://user:password@host:6379/0", "rediss://user:password@host:6379/0"];

    /// <inheritdoc/>
    public bool IsFile => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(ConnectionUrl url) => RedisUrl.Read(url).WithoutEffect;

    /// <inheritdoc/>
    public RecordBackend Create(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential)
    {
        var (connection, _) = RedisUrl.Read(url.Url);
        var deadline = new QueryDeadline(options.QueryTimeout, time, url.Endpoint);
        var database = new RedisDatabase(new RedisConnection(connection, options.QueryTimeout, time), deadline, url.Endpoint);
        var store = new RedisRecordStore(database, options.KeyPrefix, options.Limits);
        return new RecordBackend(store, database)
        {
            Writer = store,
            Crc32s = RedisChecksumCaches.Crc32(database, options.KeyPrefix),
            Sha256Digests = RedisChecksumCaches.Sha256(database, options.KeyPrefix),
            Links = new RedisLinkStore(database, options.KeyPrefix, time),
            LinkBudgets = new RedisLinkBudgetStore(database, options.KeyPrefix),
            Deliveries = new RedisDeliveryStore(database, options.KeyPrefix),
            Exports = new RedisExportStore(database, options.KeyPrefix),
            Manifests = new RedisManifestStore(database, options.KeyPrefix),
        };
    }
}
