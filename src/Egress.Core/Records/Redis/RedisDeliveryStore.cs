namespace Egress.Records.Redis;

/// <summary>Deliveries in Redis.</summary>
internal sealed class RedisDeliveryStore(RedisDatabase database, string keyPrefix)
    : RedisVersionedStates(database, keyPrefix + RedisOwnKeys.Deliveries), IDeliveryStore;
