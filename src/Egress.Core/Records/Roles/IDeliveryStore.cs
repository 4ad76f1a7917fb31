namespace Egress.Records.Roles;

/// <summary>Keeps what is known of deliveries.</summary>
internal interface IDeliveryStore : IVersionedStates;
