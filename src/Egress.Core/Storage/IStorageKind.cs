using Egress.Settings;

namespace Egress.Storage;

/// <summary>Reads the settings of one kind of storage.</summary>
internal interface IStorageKind
{
    /// <summary>The name of this kind, as in <see cref="StorageOptions.Type"/>.</summary>
    string Name { get; }

    /// <summary>The settings that select this kind. If one of them is set, this kind is used, unless <c>STORAGE_TYPE</c> names another kind.</summary>
    IReadOnlyList<Setting> Places { get; }

    /// <summary>
    /// Returns the names of those settings that the operator set and that refer to a storage outside of this machine, including variables that only the SDK
    /// reads. If there is one, the plain server does not use its embedded database and storage.
    /// </summary>
    /// <param name="binder">The source of the settings.</param>
    IEnumerable<string> RemoteNames(SettingBinder binder);

    /// <summary>Adds the settings of this kind to the documented ones.</summary>
    void AddTo(SettingGroup group);

    /// <summary>Reads the settings of this kind.</summary>
    /// <param name="binder">The source of the settings.</param>
    /// <param name="type">The setting that selects this kind; null if another kind is used. Faults in settings of unused kinds are also
    /// reported.</param>
    /// <param name="embedded">The database and storage that the plain server provides itself.</param>
    StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded);
}
