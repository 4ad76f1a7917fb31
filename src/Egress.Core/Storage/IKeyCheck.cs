using Egress.Backends;

namespace Egress.Storage;

/// <summary>A storage that can refuse keys without looking up their objects.</summary>
internal interface IKeyCheck
{
    /// <summary>Refuses a key with which no object can be opened. Does not check whether the object exists.</summary>
    /// <exception cref="BackendException">The key is refused, for the same reasons as when an object is opened.</exception>
    void CheckKey(ObjectLocation location);
}

/// <summary>Calls key checks on any storage, also on one that does not offer them.</summary>
internal static class KeyCheckExtensions
{
    /// <inheritdoc cref="IKeyCheck.CheckKey"/>
    public static void CheckKey(this IObjectStorage storage, ObjectLocation location) => (storage as IKeyCheck)?.CheckKey(location);
}
