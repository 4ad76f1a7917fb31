using Egress.Backends;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.S3;

/// <summary>The settings of S3 and compatible stores.</summary>
/// <param name="prefix">What the names of the settings begin with; empty for the storage that objects are read from.</param>
internal sealed class S3Settings(string prefix = "") : IStorageKind
{
    // Variables of the SDK that many machines have for other tools. They configure how SDKs connect, and do not show that an S3 storage is meant.
    private static readonly string[] Tuning =
    [
        "AWS_CA_BUNDLE", "AWS_CLI_", "AWS_DEFAULT_OUTPUT", "AWS_DEFAULTS_MODE", "AWS_EC2_METADATA_", "AWS_MAX_ATTEMPTS", "AWS_PAGER",
        "AWS_RETRY_MODE", "AWS_SDK_",
    ];

    private static readonly S3Options Defaults = new();

    private readonly Setting<Uri?> _endpoint = new($"{prefix}S3_ENDPOINT", ValueFormats.HttpUrl)
    {
        Default = null,
        Example = "https://account.r2.cloudflarestorage.com",
        Text = "Endpoint of an S3-compatible store such as R2 or MinIO. Leave it unset for AWS itself.",
    };

    private readonly Setting<string?> _region = new($"{prefix}S3_REGION", ValueFormats.Text("the name of a region"))
    {
        Default = Defaults.Region,
        Text = "Region of the buckets. Many compatible stores accept any region.",
    };

    private readonly Setting<bool> _forcePathStyle = new($"{prefix}S3_FORCE_PATH_STYLE", ValueFormats.Boolean)
    {
        Alias = prefix.Length == 0 ? "S3_USE_PATH_STYLE" : null,
        Default = Defaults.ForcePathStyle,
        DefaultInWords = $"`true` with `{prefix}S3_ENDPOINT`, else `false`",
        Text = "Whether the bucket is in the path of the URL instead of in the host name.",
    };

    private readonly Setting<string?> _accessKeyId = new($"{prefix}S3_ACCESS_KEY_ID", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-access-key",
        IsSecret = true,
        Text = $"Static access key; needs `{prefix}S3_SECRET_ACCESS_KEY`.",
    };

    private readonly Setting<string?> _secretAccessKey = new($"{prefix}S3_SECRET_ACCESS_KEY", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-secret-key",
        IsSecret = true,
        Text = $"Secret of the static access key; needs `{prefix}S3_ACCESS_KEY_ID`.",
    };

    private readonly Setting<string?> _certificateAuthorities = new($"{prefix}S3_CA_FILE", ValueFormats.Text("the path of a PEM file"))
    {
        Default = null,
        Example = "/etc/egress/s3-ca.pem",
        Text = "PEM file with certificate authorities that are trusted for the endpoint, in addition to those of the system. The file may contain a "
            + "self-signed certificate of the server itself. It is read at the start.",
    };

    /// <inheritdoc/>
    public string Name => S3Options.Name;

    /// <summary>Empty, because S3 is the default kind of storage.</summary>
    public IReadOnlyList<Setting> Places => [];

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) =>
        binder.NamesWithPrefix("S3_", "AWS_").Except(binder.NamesWithPrefix(Tuning));

    /// <inheritdoc/>
    public void AddTo(SettingGroup group)
    {
        group.Add(_endpoint);
        group.Add(_region);
        group.Add(_forcePathStyle);
        group.Add(_accessKeyId);
        group.Add(_secretAccessKey);
        group.Add(_certificateAuthorities);
    }

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        var endpoint = binder.Get(_endpoint);
        if (binder.IsSet(_accessKeyId) != binder.IsSet(_secretAccessKey))
        {
            var (given, missing) = binder.IsSet(_accessKeyId) ? (_accessKeyId, _secretAccessKey) : (_secretAccessKey, _accessKeyId);
            binder.Fault($"{given.Name} is set, but {missing.Name} is not; allowed: both, or neither for the SDK's own chain");
        }

        var authorities = binder.Get(_certificateAuthorities);
        if (authorities is not null && CertificateTrust.WhyUnusable(authorities) is { } reason)
        {
            binder.Fault($"{_certificateAuthorities.Name} is {authorities}: {reason}; allowed: {_certificateAuthorities.AllowedInPlainText}");
        }

        return new S3Options
        {
            Endpoint = endpoint,
            Region = binder.Get(_region)!,
            ForcePathStyle = binder.Get(_forcePathStyle, endpoint is not null),
            AccessKeyId = binder.Get(_accessKeyId),
            SecretAccessKey = binder.Get(_secretAccessKey),
            CertificateAuthorities = authorities,
        };
    }
}
