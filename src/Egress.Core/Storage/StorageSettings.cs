using Egress.Settings;
using Egress.Settings.Formats;
using Egress.Storage.AzureBlob;
using Egress.Storage.Local;
using Egress.Storage.S3;

namespace Egress.Storage;

/// <summary>The settings of the storage from which objects are read.</summary>
internal static class StorageSettings
{
    private static readonly S3Settings Default = new();

    /// <summary>All kinds of storage. A new kind is added only here.</summary>
    private static readonly IStorageKind[] Kinds = [new LocalSettings(), Default, new AzureBlobSettings()];

    private static readonly Setting<string?> Type = new("STORAGE_TYPE", ValueFormats.OneOf([.. Kinds.Select(static kind => kind.Name)]))
    {
        Default = Default.Name,
        DefaultInWords = "detected: `local` with `STORAGE_PATH`, `azure` with an `AZURE_STORAGE_*` setting, else `s3`; "
            + "with the embedded database `local`, in `DATA_DIR/files`",
        Text = "Kind of storage.",
    };

    internal static readonly SettingGroup Group = CreateGroup();

    internal static StorageOptions Bind(SettingBinder binder, EmbeddedDefaults embedded)
    {
        var name = binder.Get(Type, embedded.Storage ? LocalOptions.Name : Detect(binder));
        var options = Kinds.Select(kind => kind.Bind(binder, kind.Name == name ? Type : null, embedded)).ToList();
        return options.Single(bound => bound.Type == name);
    }

    /// <summary>
    /// Whether the operator selected no storage, or only set <c>STORAGE_TYPE</c> to the local one without a folder. The plain server then provides the folder.
    /// </summary>
    internal static bool IsLeftToTheServer(SettingBinder binder) =>
        !Kinds.Any(kind => IsChosen(binder, kind)) && (!binder.IsSet(Type) || binder.Peek(Type) == LocalOptions.Name);

    /// <summary>Returns the names of those settings that the operator set and that refer to a storage outside of this machine.</summary>
    internal static IReadOnlyList<string> RemoteNames(SettingBinder binder) => [.. Kinds.SelectMany(kind => kind.RemoteNames(binder))];

    private static SettingGroup CreateGroup()
    {
        var group = new SettingGroup(
            "Storage",
            """
            The storage that contains the objects: S3 (or a store that speaks its protocol), Azure Blob Storage, or a local or mounted disk.

            Without static keys the SDK of S3 finds credentials itself: environment, profile, container or instance role.
            """);
        group.Add(Type);
        foreach (var kind in Kinds)
        {
            kind.AddTo(group);
        }

        return group;
    }

    private static string Detect(SettingBinder binder)
    {
        var chosen = Kinds.Where(kind => IsChosen(binder, kind)).ToList();
        if (chosen.Count > 1 && !binder.IsSet(Type))
        {
            var reasons = string.Join(" and ", chosen[0].Places.Where(binder.IsSet).Select(binder.NameOf));
            var unused = string.Join(" and ", chosen.Skip(1).SelectMany(static kind => kind.Places).Select(static setting => setting.Name));
            binder.Warn($"{reasons} makes the storage {chosen[0].Name.ToLowerInvariant()}; the settings {unused} are not used (set {Type.Name} to choose)");
        }

        return (chosen.FirstOrDefault() ?? Default).Name;
    }

    private static bool IsChosen(SettingBinder binder, IStorageKind kind) => kind.Places.Any(binder.IsSet);
}
