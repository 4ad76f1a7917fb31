using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.Local;

/// <summary>The settings of local storage.</summary>
internal sealed class LocalSettings : IStorageKind
{
    private readonly Setting<string?> _root;

    /// <param name="prefix">What the name of the setting begins with; empty for the storage that objects are read from.</param>
    public LocalSettings(string prefix = "")
    {
        _root = new($"{prefix}STORAGE_PATH", ValueFormats.Text("the path of a folder"))
        {
            Default = null,
            Example = prefix.Length == 0 ? "/mnt/files" : "/mnt/exports",
            Text = prefix.Length == 0
                ? "Root of local storage. The bucket of a record is a path under this folder. Egress never reads files outside of it."
                : "Root of local storage. A bucket of `EXPORT_BUCKETS` is a path under this folder. Egress never writes files outside of it.",
        };
        Places = [_root];
    }

    /// <inheritdoc/>
    public string Name => LocalOptions.Name;

    /// <inheritdoc/>
    public IReadOnlyList<Setting> Places { get; }

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) => [];

    /// <inheritdoc/>
    public void AddTo(SettingGroup group) => group.Add(_root);

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        var path = binder.Get(_root, embedded.Storage ? Path.Combine(embedded.DataDirectory, "files") : null);
        if (path is null && type is not null)
        {
            binder.Fault($"{type.Name} is local, but {_root.Name} is not set; allowed: {_root.Allowed}");
        }

        return new LocalOptions(path ?? "");
    }
}
