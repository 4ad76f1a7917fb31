using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.Storage;

namespace Egress;

/// <summary>Decides which parts (database, storage, signing secret) the plain server provides itself.</summary>
internal static class EmbeddedParts
{
    /// <summary>Returns the parts that the plain server provides, which depend on the settings that the operator set.</summary>
    /// <remarks>
    /// If a remote storage is configured, a missing <c>DB_URL</c> is probably a mistake, and an empty database would answer all links with 404.
    /// </remarks>
    /// <param name="binder">The settings.</param>
    /// <param name="host">Which host reads them.</param>
    /// <param name="dataDirectory">Folder of the embedded parts.</param>
    public static EmbeddedDefaults Decide(SettingBinder binder, HostProfile host, string dataDirectory)
    {
        var remote = StorageSettings.RemoteNames(binder);
        var records = host.IsServer && !binder.IsSet(RecordSettings.Url) && remote.Count == 0;
        return new EmbeddedDefaults
        {
            DataDirectory = dataDirectory,
            RemoteStorageNames = remote,
            Records = records,
            Storage = records && StorageSettings.IsLeftToTheServer(binder),
            SigningSecret = records && !binder.IsSet(SigningSettings.Secret),
        };
    }
}
