namespace Egress.Records.Roles;

/// <summary>Keeps the states of deliveries.</summary>
internal interface IDeliveryStore : IVersionedStates;
