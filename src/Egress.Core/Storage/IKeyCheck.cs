using Egress.Backends;

namespace Egress.Storage;

/// <summary>A storage that refuses some keys without looking for their objects.</summary>
internal interface IKeyCheck
{
    /// <summary>Refuses a key that no object can be opened by. Does not say whether the object exists.</summary>
    /// <exception cref="BackendException">The key is refused, as opening the object would be.</exception>
    void CheckKey(ObjectLocation location);
}

/// <summary>Key checks of storages that may not offer them.</summary>
internal static class KeyCheckExtensions
{
    /// <inheritdoc cref="IKeyCheck.CheckKey"/>
    public static void CheckKey(this IObjectStorage storage, ObjectLocation location) => (storage as IKeyCheck)?.CheckKey(location);
}
