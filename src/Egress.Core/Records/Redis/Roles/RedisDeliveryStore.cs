using Egress.Records.Roles;

namespace Egress.Records.Redis.Roles;

/// <summary>Keeps the states of deliveries in Redis.</summary>
internal sealed class RedisDeliveryStore(RedisDatabase database, string keyPrefix)
    : RedisVersionedStates(database, keyPrefix + RedisOwnKeys.Deliveries), IDeliveryStore;
