namespace Egress.Settings;

/// <summary>Which parts the plain server provides itself, under its data folder, because no setting names a real one.</summary>
public sealed record EmbeddedDefaults
{
    // Set on many machines for whatever tool: they tell SDKs how to talk, not that there is a bucket to talk to.
    private static readonly string[] Tuning =
    [
        "AWS_CA_BUNDLE", "AWS_CLI_", "AWS_DEFAULT_OUTPUT", "AWS_DEFAULTS_MODE", "AWS_EC2_METADATA_", "AWS_MAX_ATTEMPTS", "AWS_PAGER",
        "AWS_RETRY_MODE", "AWS_SDK_",
    ];

    /// <summary>Records are in <c>egress.db</c> under the data folder, a SQLite database that the server creates.</summary>
    public bool Records { get; private init; }

    /// <summary>Objects are files in <c>files</c> under the data folder, which the server creates.</summary>
    public bool Storage { get; private init; }

    /// <summary>The server generates a signing secret and keeps it in the data folder.</summary>
    public bool SigningSecret { get; private init; }

    // A DB_URL that is missing beside settings for S3 was forgotten: an empty database would turn all links into 404.
    internal static EmbeddedDefaults Decide(SettingBinder binder, HostProfile host)
    {
        var records = host.IsServer && !binder.IsSet(RecordSettings.Url) && S3Names(binder).Count == 0;
        return new EmbeddedDefaults
        {
            Records = records,
            Storage = records && StorageSettings.IsLeftToTheServer(binder),
            SigningSecret = records && !binder.IsSet(SigningSettings.Secret),
        };
    }

    /// <summary>The settings that show that S3 is meant, ours and those of the SDK.</summary>
    internal static IReadOnlyList<string> S3Names(SettingBinder binder) =>
        [.. binder.NamesWithPrefix("S3_", "AWS_").Except(binder.NamesWithPrefix(Tuning))];
}
