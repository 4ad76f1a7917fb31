using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.Storage;

namespace Egress;

/// <summary>Decides which parts the plain server provides itself.</summary>
internal static class EmbeddedParts
{
    // Set on many machines for other tools: they tell SDKs how to connect, not that there is a bucket.
    private static readonly string[] Tuning =
    [
        "AWS_CA_BUNDLE", "AWS_CLI_", "AWS_DEFAULT_OUTPUT", "AWS_DEFAULTS_MODE", "AWS_EC2_METADATA_", "AWS_MAX_ATTEMPTS", "AWS_PAGER",
        "AWS_RETRY_MODE", "AWS_SDK_",
    ];

    /// <summary>Decides by the settings that the operator set.</summary>
    /// <remarks>When S3 is configured and <c>DB_URL</c> is missing, it was forgotten: an empty database would turn all links into 404.</remarks>
    /// <param name="binder">The settings.</param>
    /// <param name="host">Which host reads them.</param>
    /// <param name="dataDirectory">Folder of the embedded parts.</param>
    public static EmbeddedDefaults Decide(SettingBinder binder, HostProfile host, string dataDirectory)
    {
        IReadOnlyList<string> s3Names = [.. binder.NamesWithPrefix("S3_", "AWS_").Except(binder.NamesWithPrefix(Tuning))];
        var records = host.IsServer && !binder.IsSet(RecordSettings.Url) && s3Names.Count == 0;
        return new EmbeddedDefaults
        {
            DataDirectory = dataDirectory,
            S3Names = s3Names,
            Records = records,
            Storage = records && StorageSettings.IsLeftToTheServer(binder),
            SigningSecret = records && !binder.IsSet(SigningSettings.Secret),
        };
    }
}
