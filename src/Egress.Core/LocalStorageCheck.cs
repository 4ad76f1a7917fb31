using Egress.Records;
using Egress.Settings;
using Egress.Storage.Local;

namespace Egress;

/// <summary>Refuses a root of local storage from which a record could send the secrets of Egress itself.</summary>
internal static class LocalStorageCheck
{
    /// <summary>Reports each setting whose file or folder must not be inside the root.</summary>
    /// <param name="binder">Receives the faults.</param>
    /// <param name="settings">All settings.</param>
    /// <param name="host">Which host reads them.</param>
    public static void Check(SettingBinder binder, EgressSettings settings, HostProfile host)
    {
        if (settings.Storage is not LocalOptions { Root: { Length: > 0 } local } || settings.Embedded.Storage)
        {
            return;
        }

        var root = RealPath(local);
        foreach (var (name, path) in Secrets(settings, host))
        {
            if (IsWithin(RealPath(path), root))
            {
                binder.Fault($"STORAGE_PATH is {local}, which contains {name} ({path}): a record could send the secrets in it; "
                    + $"allowed: a folder that does not contain {name}");
            }
        }

        var data = settings.Server.DataDirectory;
        if (host.IsServer && root != RealPath(data) && IsWithin(root, RealPath(data)) && !IsWithin(root, RealPath(Path.Combine(data, "files"))))
        {
            binder.Fault($"STORAGE_PATH is {local}, which is inside DATA_DIR ({data}), where Egress keeps its own files; "
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

    /// <summary>Returns the full path with symbolic links resolved, as far as it exists.</summary>
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
            // The path does not exist yet, is a loop of links, or may not be read. The storage itself reports that.
            return null;
        }
    }
}
