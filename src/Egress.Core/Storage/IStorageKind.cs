using Egress.Settings;

namespace Egress.Storage;

/// <summary>The settings of one kind of storage.</summary>
internal interface IStorageKind
{
    /// <summary>The name of this kind, as in <see cref="StorageOptions.Type"/>.</summary>
    string Name { get; }

    /// <summary>The settings that select this kind: if one of them is set, this kind is used unless <c>STORAGE_TYPE</c> names another one.</summary>
    IReadOnlyList<Setting> Places { get; }

    /// <summary>
    /// Returns the settings that the operator set and that name a storage outside of this machine, including variables that only the SDK reads. With
    /// one of them the plain server embeds nothing.
    /// </summary>
    /// <param name="binder">The source of the settings.</param>
    IEnumerable<string> RemoteNames(SettingBinder binder);

    /// <summary>Adds the settings of this kind to the documented ones.</summary>
    void AddTo(SettingGroup group);

    /// <summary>Reads its settings.</summary>
    /// <param name="binder">The source of the settings.</param>
    /// <param name="type">The setting that selects this kind; null if another kind is used. Faults in settings of unused kinds are also
    /// reported.</param>
    /// <param name="embedded">The parts that the server provides itself.</param>
    StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded);
}
