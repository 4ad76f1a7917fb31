namespace Egress.Records;

/// <summary>Keeps what is known of deliveries.</summary>
internal interface IDeliveryStore : IVersionedStates;
