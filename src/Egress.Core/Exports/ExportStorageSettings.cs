using Egress.Settings;
using Egress.Settings.Formats;
using Egress.Storage;
using Egress.Storage.AzureBlob;
using Egress.Storage.Local;
using Egress.Storage.S3;

namespace Egress.Exports;

/// <summary>Settings of a storage that only exports are written to.</summary>
internal static class ExportStorageSettings
{
    private const string Prefix = "EXPORT_";

    /// <summary>Each kind with its settings.</summary>
    private static readonly (IStorageKind Kind, SettingGroup Settings)[] Kinds =
        [.. new IStorageKind[] { new LocalSettings(Prefix), new S3Settings(Prefix), new AzureBlobSettings(Prefix) }.Select(static kind => (kind, GroupOf(kind)))];

    private static readonly Setting<string?> Type = new($"{Prefix}STORAGE_TYPE", ValueFormats.OneOf([.. Kinds.Select(static kind => kind.Kind.Name)]))
    {
        Default = null,
        DefaultInWords = "the kind whose settings below are set; without any, the storage that objects are read from",
        Text = "Kind of the storage that exports are written to, where that is another one.",
    };

    /// <summary>Adds the settings to the documented ones.</summary>
    public static void AddTo(SettingGroup group)
    {
        group.Add(Type);
        foreach (var (kind, _) in Kinds)
        {
            kind.AddTo(group);
        }
    }

    /// <summary>Reads the settings.</summary>
    /// <param name="binder">Where from.</param>
    /// <param name="isOn">Whether there are exports.</param>
    /// <returns>The other storage; null for the one that objects are read from.</returns>
    public static StorageOptions? Bind(SettingBinder binder, bool isOn)
    {
        var type = binder.Get(Type);
        var chosen = Kinds.Where(kind => kind.Settings.Settings.Any(binder.IsSet)).ToList();
        var name = type ?? (chosen.Count > 0 ? chosen[0].Kind.Name : null);
        var set = string.Join(" and ", chosen.SelectMany(static kind => kind.Settings.Settings).Where(binder.IsSet).Select(binder.NameOf));
        if (type is null && chosen.Count > 1)
        {
            binder.Fault($"{set} are of different storages; allowed: the settings of one, or {Type.Name} to choose");
        }

        var bound = Kinds.Select(kind => kind.Kind.Bind(binder, kind.Kind.Name == name ? Type : null, new EmbeddedDefaults())).ToList();
        if (name is not null && !isOn)
        {
            binder.Warn($"{(type is null ? set : Type.Name)} has no effect, because {ExportSettings.Buckets.Name} is not set: there are no exports");
        }

        return name is null ? null : bound.Single(options => options.Type == name);
    }

    private static SettingGroup GroupOf(IStorageKind kind)
    {
        var group = new SettingGroup(kind.Name, "");
        kind.AddTo(group);
        return group;
    }
}
