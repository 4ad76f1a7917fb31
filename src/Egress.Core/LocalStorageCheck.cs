using Egress.Records;
using Egress.Settings;
using Egress.Storage.Local;

namespace Egress;

/// <summary>Refuses a <c>STORAGE_PATH</c> that contains secrets of Egress itself, because a record could name and send them.</summary>
internal static class LocalStorageCheck
{
    /// <summary>Reports each file or folder with secrets that is inside <c>STORAGE_PATH</c>.</summary>
    /// <param name="binder">Receives the faults.</param>
    /// <param name="settings">All settings.</param>
    /// <param name="host">Which host reads them.</param>
    public static void Check(SettingBinder binder, EgressSettings settings, HostProfile host)
    {
        if (settings.Storage is LocalOptions { Root: { Length: > 0 } local } && !settings.Embedded.Storage)
        {
            Check(binder, settings, host, "STORAGE_PATH", local, "a record could send the secrets in it");
        }

        if (settings.Exports.Storage is LocalOptions { Root: { Length: > 0 } exports })
        {
            Check(binder, settings, host, "EXPORT_STORAGE_PATH", exports, "an export could replace it");
        }
    }

    private static void Check(SettingBinder binder, EgressSettings settings, HostProfile host, string setting, string local, string danger)
    {
        var root = RealPath(local);
        foreach (var (name, path) in Secrets(settings, host))
        {
            if (IsWithin(RealPath(path), root))
            {
                binder.Fault($"{setting} is {local}, which contains {name} ({path}): {danger}; "
                    + $"allowed: a folder that does not contain {name}");
            }
        }

        var data = settings.Server.DataDirectory;
        if (host.IsServer && root != RealPath(data) && IsWithin(root, RealPath(data)) && !IsWithin(root, RealPath(Path.Combine(data, "files"))))
        {
            binder.Fault($"{setting} is {local}, which is inside DATA_DIR ({data}), where Egress keeps its own files; "
                + "allowed: a folder outside of it, or its folder files");
        }
    }

    private static IEnumerable<(string Name, string Path)> Secrets(EgressSettings settings, HostProfile host)
    {
        if (host.IsServer)
        {
            yield return ("DATA_DIR", settings.Server.DataDirectory);
        }

        if (RecordStoreUrl.TryParse(settings.Records.Url, out var url, out _) && url.Kind.IsFile)
        {
            yield return ("the file of DB_URL", url.ToString());
        }

        if (settings.ConfigFile is { } config)
        {
            yield return ("the configuration file", config);
        }

        if (settings.Server.Tls is { } tls)
        {
            yield return ("TLS_KEY_FILE", tls.KeyFile);
        }
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Returns the full path. Symbolic links are resolved in the part of it that exists.</summary>
    private static string RealPath(string path)
    {
        var full = Path.GetFullPath(path);
        var real = Path.GetPathRoot(full)!;
        foreach (var name in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, name);
            real = TargetOf(real) ?? real;
        }

        return real;
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // The path does not exist yet, is a cycle of symbolic links, or cannot be read. The storage itself reports that.
            return null;
        }
    }
}
