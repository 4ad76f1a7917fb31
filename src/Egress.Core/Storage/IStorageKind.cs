using Egress.Settings;

namespace Egress.Storage;

/// <summary>The settings of one kind of storage.</summary>
internal interface IStorageKind
{
    /// <summary>Its name, as in <see cref="StorageOptions.Type"/>.</summary>
    string Name { get; }

    /// <summary>The settings that say where the objects are. Where one is set, this kind is meant unless <c>STORAGE_TYPE</c> says otherwise.</summary>
    IReadOnlyList<Setting> Places { get; }

    /// <summary>
    /// The names that the operator set and that point to objects outside of this machine, names that only the SDK reads included. With one of
    /// them the plain server embeds nothing.
    /// </summary>
    /// <param name="binder">Where from.</param>
    IEnumerable<string> RemoteNames(SettingBinder binder);

    /// <summary>Adds its settings to the documented ones.</summary>
    void AddTo(SettingGroup group);

    /// <summary>Reads its settings.</summary>
    /// <param name="binder">Where from.</param>
    /// <param name="type">The setting that selects the kind; null when another kind is used. Faults of unused settings are reported as well.</param>
    /// <param name="embedded">Which parts the server provides itself.</param>
    StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded);
}
