using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.Local;

/// <summary>The settings of local storage.</summary>
internal sealed class LocalSettings : IStorageKind
{
    private static readonly Setting<string?> Root = new("STORAGE_PATH", ValueFormats.Text("the path of a folder"))
    {
        Default = null,
        Example = "/mnt/files",
        Text = "Root of local storage. The bucket of a record is a path under this folder. Egress never reads files outside of it.",
    };

    /// <inheritdoc/>
    public string Name => LocalOptions.Name;

    /// <inheritdoc/>
    public IReadOnlyList<Setting> Places { get; } = [Root];

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) => [];

    /// <inheritdoc/>
    public void AddTo(SettingGroup group) => group.Add(Root);

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        var path = binder.Get(Root, embedded.Storage ? Path.Combine(embedded.DataDirectory, "files") : null);
        if (path is null && type is not null)
        {
            binder.Fault($"{type.Name} is local, but {Root.Name} is not set; allowed: {Root.Allowed}");
        }

        return new LocalOptions(path ?? "");
    }
}
